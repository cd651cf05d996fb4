//! What is derived from the client's command line: its man pages and completions.

use anyhow::Result;
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

const SHELLS: [(Shell, &str); 3] = [
    (Shell::Bash, "completions/qga.bash"),
    (Shell::Zsh, "completions/_qga"),
    (Shell::Fish, "completions/qga.fish"),
];

/// The files, by their paths, and what is in them.
pub(super) fn files() -> Result<Vec<(String, String)>> {
    let mut program = qga_cli::command();
    // Then each verb has its full name, and what all verbs share is known to each.
    program.build();
    let mut files = vec![page("qga", program.clone())?];
    for verb in program.get_subcommands().filter(|verb| verb.get_name() != "help") {
        files.push(page(&format!("qga-{}", verb.get_name()), verb.clone())?);
    }
    for (shell, path) in SHELLS {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut qga_cli::command(), "qga", &mut text);
        files.push((path.to_owned(), String::from_utf8(text)?));
    }
    Ok(files)
}

fn page(name: &str, command: Command) -> Result<(String, String)> {
    let mut text = Vec::new();
    Man::new(command).title(name).render(&mut text)?;
    Ok((format!("docs/man/{name}.1"), String::from_utf8(text)?))
}
