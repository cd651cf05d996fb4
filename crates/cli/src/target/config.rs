//! The user's names for guests: `~/.config/qga/config.toml`.
//!
//! ```toml
//! [targets]
//! web1 = "libvirt:web1"
//! backup = "unix:/run/backup/agent.sock"
//! ```

use super::Target;
use crate::failure::Usage;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    targets: BTreeMap<String, String>,
}

/// Where the configuration is, if this user has a home.
pub(crate) fn path() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let directory = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")))?;
    Some(directory.join("qga/config.toml"))
}

/// The guests by name; none when there is no configuration.
pub(crate) fn load(path: Option<&Path>) -> anyhow::Result<BTreeMap<String, Target>> {
    let Some(path) = path else { return Ok(BTreeMap::new()) };
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        read => read.map_err(|error| Usage(format!("cannot read {}: {error}", path.display())))?,
    };
    Ok(parse(&text).map_err(|problem| Usage(format!("{}: {problem}", path.display())))?)
}

fn parse(text: &str) -> Result<BTreeMap<String, Target>, String> {
    let config: Config = toml::from_str(text).map_err(|error| located(text, &error))?;
    let target = |(name, text): (String, String)| match text.parse() {
        Ok(target) => Ok((name, target)),
        Err(error) => Err(format!("{name}: {error}")),
    };
    config.targets.into_iter().map(target).collect()
}

/// What is wrong, on one line, and in which line of the text.
fn located(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {}: {}", before.matches('\n').count() + 1, error.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_has_a_name() {
        let targets = parse("[targets]\nweb1 = \"libvirt:web1\"\ndb = \"/run/db.sock\"").unwrap();
        let shown: Vec<_> = targets.iter().map(|(name, target)| format!("{name} {target}")).collect();
        assert_eq!(shown, ["db unix:/run/db.sock", "web1 libvirt:web1"]);
        assert!(parse("").unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, word) in [
            ("[target]", "line 1: unknown field `target`"),
            ("[targets]\na = 5", "line 2: invalid type"),
            ("[targets]\na = 'pve:x'", "a: "),
            ("[targets]\na = 'b'\nb = '/x'", "a: 'b' is no guest"),
        ] {
            let problem = parse(text).unwrap_err();
            assert!(problem.contains(word) && !problem.contains('\n'), "{problem}");
        }
        assert!(load(Some(Path::new("/"))).is_err());
        assert!(load(Some(Path::new("/nonexistent/config.toml"))).unwrap().is_empty());
    }
}
