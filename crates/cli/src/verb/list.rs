//! `qga list`.

use super::show;
use crate::args::Common;
use crate::failure;
use crate::fleet::each;
use crate::output;
use crate::table::{Table, or_dash};
use crate::target;
use crate::target::places::Found;
use qga_client::{Client, Error, Options};
use qga_wire::family::network::NetworkGetInterfaces;
use qga_wire::family::system::{GetOsinfo, Info};
use serde::Serialize;
use std::time::{Duration, Instant};

/// How long each answer may take unless told otherwise: this is a first look.
const GLANCE: Duration = Duration::from_secs(3);

/// What one look at a guest gave.
#[derive(Debug, Default, Serialize)]
struct Seen {
    name: String,
    guest: String,
    milliseconds: Option<f64>,
    version: Option<String>,
    os: Option<String>,
    address: Option<String>,
    error: Option<String>,
}

pub(crate) fn run(common: &Common) -> anyhow::Result<()> {
    let found = common.guests()?;
    let options = Options { timeout: common.timeout.unwrap_or(GLANCE), ..common.options() };
    let mut seen: Vec<_> = Vec::new();
    each(&found, |guest| look(guest, options), |number, _, one| seen.push((number, one)));
    seen.sort_by_key(|(number, _)| *number);
    let seen: Vec<_> = seen.into_iter().map(|(_, one)| one).collect();
    if common.json() {
        return output::json(&seen);
    }
    if seen.is_empty() {
        output::remark(
            "no guests found; name directories of sockets with --dir, or guests in the configuration",
        );
        return Ok(());
    }
    output::laid_out(&table(&seen))
}

fn table(seen: &[Seen]) -> Table {
    let mut table = Table::new(&["NAME", "GUEST", "ANSWERS", "?AGENT", "?SYSTEM", "ADDRESS"]);
    for Seen { name, guest, milliseconds, version, os, address, error } in seen {
        let answers = match (milliseconds, error) {
            (Some(milliseconds), None) => format!("in {milliseconds:.1} ms"),
            (Some(milliseconds), Some(error)) => format!("in {milliseconds:.1} ms, then: {error}"),
            (None, error) => format!("no: {}", error.as_deref().unwrap_or("it does not say why")),
        };
        let [version, os, address] = [version, os, address].map(|known| or_dash(known.as_ref()));
        table.row([name, guest, &answers, &version, &os, &address]);
    }
    table
}

fn look(found: &Found, options: Options) -> Seen {
    let mut seen = Seen { name: found.name.clone(), guest: found.target.to_string(), ..Seen::default() };
    if let Err(error) = target::connect(&found.target, options).and_then(|client| fill(&mut seen, client)) {
        seen.error = Some(reason(&error));
    }
    seen
}

/// Why there is no answer, without who gives none.
fn reason(error: &anyhow::Error) -> String {
    match failure::of_client(error) {
        Some(Error::Unreachable { source, .. }) => {
            let text = source.to_string();
            text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_owned())
        }
        Some(Error::TimedOut { within, .. }) => format!("nothing within {} s", within.as_secs_f64()),
        _ => format!("{error:#}"),
    }
}

fn fill(seen: &mut Seen, mut client: Client) -> anyhow::Result<()> {
    let start = Instant::now();
    seen.version = Some(client.call(&Info {})?.version);
    seen.milliseconds = Some(start.elapsed().as_secs_f64() * 1000.0);
    let os = show::if_allowed(&mut client, &GetOsinfo {})?;
    seen.os = os.and_then(|os| os.pretty_name.or(os.name));
    let interfaces = show::if_allowed(&mut client, &NetworkGetInterfaces {})?.unwrap_or_default();
    seen.address = interfaces
        .into_iter()
        .flat_map(|interface| interface.ip_addresses.unwrap_or_default())
        .map(|address| address.ip_address)
        .find(|address| !is_of_no_use(address));
    Ok(())
}

/// Loopback and link-local addresses lead nowhere from here.
fn is_of_no_use(address: &str) -> bool {
    address.starts_with("127.") || address == "::1" || address.to_ascii_lowercase().starts_with("fe80:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;

    #[test]
    fn who_does_not_answer_is_told_with_the_reason() {
        let seen = [
            Seen { name: "a".into(), milliseconds: Some(0.25), version: Some("9".into()), ..Seen::default() },
            Seen { name: "b".into(), error: Some("gone\x1b".into()), ..Seen::default() },
            Seen { milliseconds: Some(1.0), error: Some("nothing".into()), ..Seen::default() },
        ];
        let text = table(&seen).laid_out(None);
        assert!(text.contains(" in 0.2 ms "), "{text}");
        assert!(text.contains(" no: gone\\u{1b} "), "{text}");
        assert!(text.contains(" in 1.0 ms, then: nothing "), "{text}");
    }
}
