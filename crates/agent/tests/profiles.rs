//! The table of profiles in docs/policy.md is the one that the agent goes by.

use qga_agent::policy::profile::{GROUPS, PROFILES, Profile};
use qga_wire::Declaration;
use qga_wire::list::COMMANDS;
use std::fs;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy.md");

#[test]
fn the_page_shows_what_each_profile_permits() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (_, rest) = page.split_once("<!-- profiles -->\n").unwrap();
    let (shown, _) = rest.split_once("<!-- end -->\n").unwrap();
    assert_eq!(shown, table(), "put this between the marks in docs/policy.md:\n{}", table());
}

fn table() -> String {
    let profiles = PROFILES.iter().map(|profile| format!("| `{}` | {} |", profile.name, profile.purpose));
    let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
    let heads =
        format!("| command | groups | {} |\n|---|---|{}", names.join(" | "), "---|".repeat(names.len()));
    let lines: Vec<String> = ["| profile | permits |\n|---|---|".to_owned()]
        .into_iter()
        .chain(profiles)
        .chain([String::new(), heads])
        .chain(COMMANDS.iter().map(|command| row(command)))
        .collect();
    lines.join("\n") + "\n"
}

fn row(command: &Declaration) -> String {
    let groups = GROUPS.iter().filter(|group| group.effects.contains(&command.effect));
    let groups: Vec<String> = groups.map(|group| format!("`@{}`", group.name)).collect();
    let mark = |profile: &Profile| if profile.permits(command) { "yes" } else { "-" };
    let marks: Vec<&str> = PROFILES.iter().map(mark).collect();
    format!("| {} | {} | {} |", command.name, groups.join(" "), marks.join(" | "))
}
