//! Whether all that is used comes from where it may, under licences that allow it. The rules are those of
//! `deny.toml`, which `cargo deny` reads, too.

use crate::command::say;
use crate::materials::{Crate, Materials};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use spdx::{Expression, ParseMode};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The packages of the programs that ship.
pub(crate) const PROGRAMS: [&str; 2] = ["qga-agent", "qga-cli"];

/// The part of the rules that is looked after here.
#[derive(Deserialize)]
struct Rules {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    skip: Vec<Skip>,
}

#[derive(Deserialize)]
struct Skip {
    /// A name and the beginning of a version: `nix@0.30`.
    #[serde(rename = "crate")]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

/// Checks licences and sources of everything, and that no program has a crate twice. An error names what breaks a
/// rule.
pub(crate) fn check() -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deny.toml");
    let rules: Rules = toml::from_str(&fs::read_to_string(path).context("cannot read deny.toml")?)?;
    let all = Materials::read(None)?;
    let mut broken: Vec<String> = all.foreign().filter_map(|one| complaint(one, &rules)).collect();
    for target in &rules.graph.targets {
        let materials = Materials::read(Some(target))?;
        let shipped = materials.of(&PROGRAMS);
        broken.extend(duplicates(&shipped, &rules));
        say(&format!(
            "{target}: {} crates, {} of them in the agent",
            shipped.len(),
            materials.of(&["qga-agent"]).len()
        ));
    }
    ensure!(broken.is_empty(), "{}", broken.join("\n"));
    say(&format!(
        "{} crates with tests and chores: licences and sources are as deny.toml wants them",
        all.foreign().count()
    ));
    Ok(())
}

/// What is wrong with the crate.
fn complaint(one: &Crate, rules: &Rules) -> Option<String> {
    let name = format!("{} {}", one.name, one.version);
    let registry =
        one.source.as_deref().and_then(|source| source.strip_prefix("registry+")).unwrap_or_default();
    if !rules.sources.allow_registry.iter().any(|allowed| allowed == registry) {
        return Some(format!("{name} is from {:?}", one.source));
    }
    let Some(text) = &one.license else { return Some(format!("{name} names no licence")) };
    let Ok(expression) = Expression::parse_mode(text, ParseMode::LAX) else {
        return Some(format!("{name}: {text} is no licence expression"));
    };
    let allowed = expression.evaluate(|wanted| rules.licenses.allow.contains(&wanted.to_string()));
    (!allowed).then(|| format!("{name} is under {text}"))
}

/// Crates that a program has in more than one version, but for those that the rules skip.
fn duplicates(crates: &[&Crate], rules: &Rules) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in crates {
        versions.entry(&one.name).or_default().insert(&one.version);
    }
    let skipped = |name: &str, version: &str| {
        let text = format!("{name}@{version}.");
        rules.bans.skip.iter().any(|skip| text.starts_with(&format!("{}.", skip.name)))
    };
    let left = versions.into_iter().filter_map(|(name, versions)| {
        let left: Vec<&str> = versions.into_iter().filter(|version| !skipped(name, version)).collect();
        (left.len() > 1).then(|| format!("{name} is there as {}", left.join(" and ")))
    });
    left.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let text = "[graph]\ntargets = []\n[licenses]\nallow = [\"MIT\"]\n[bans]\nskip = [{ crate = \"old@1.0\" }]\n\
                    [sources]\nallow-registry = [\"https://good\"]\n";
        toml::from_str(text).unwrap()
    }

    fn a_crate(name: &str, version: &str, license: &str, source: &str) -> Crate {
        let value = serde_json::json!({
            "id": name, "name": name, "version": version, "license": license, "source": source, "targets": []
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_licence_that_is_one_of_two_to_choose_from_is_enough() {
        let told = |license| complaint(&a_crate("a", "1.0.0", license, "registry+https://good"), &rules());
        assert_eq!(told("Apache-2.0 OR MIT"), None);
        assert_eq!(told("Apache-2.0 AND MIT"), Some("a 1.0.0 is under Apache-2.0 AND MIT".to_owned()));
        assert_eq!(told("GPL-2.0-only"), Some("a 1.0.0 is under GPL-2.0-only".to_owned()));
    }

    #[test]
    fn a_crate_from_elsewhere_is_told() {
        let told = complaint(&a_crate("a", "1.0.0", "MIT", "git+https://good"), &rules());
        assert_eq!(told, Some("a 1.0.0 is from Some(\"git+https://good\")".to_owned()));
    }

    #[test]
    fn a_crate_in_two_versions_is_told_unless_one_is_skipped() {
        let [a, b] = ["1.0.0", "2.0.0"].map(|version| a_crate("new", version, "MIT", ""));
        let [c, d] = ["1.0.0", "2.0.0"].map(|version| a_crate("old", version, "MIT", ""));
        assert_eq!(duplicates(&[&a, &b, &c, &d], &rules()), ["new is there as 1.0.0 and 2.0.0"]);
    }
}
