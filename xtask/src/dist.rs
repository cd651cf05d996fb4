//! What is published: packages and archives, the sums of all, and the list of what each program is made of.

mod build;
mod deny;

use crate::book;
use crate::command::say;
use crate::materials::Materials;
use crate::supply::PROGRAMS;
use crate::targets;
use anyhow::{Context, Result, bail, ensure};
use build::Tree;
use qga_packaging::{AGENT, CLIENT, Source, deb, rpm, tarball};
use sha2::{Digest, Sha256};
use std::env::consts::ARCH;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the command line asks for.
struct Wish {
    profile: String,
    output: PathBuf,
    twice: bool,
}

/// Makes everything; unless it is to be quick, builds a second time elsewhere and compares, and makes the book.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let wish = wish(arguments)?;
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let time = build::commit_time(&repository)?;
    let tree = Tree { directory: repository.clone(), profile: wish.profile.clone(), time };
    // Packages for distributions use the C library of the system, and all its user databases.
    let native = format!("{ARCH}-unknown-linux-gnu");
    let all: Vec<&str> = [native.as_str()].into_iter().chain(targets::STATIC).collect();
    all.iter().try_for_each(|target| tree.build(target))?;
    if wish.twice {
        tree.compare_with_another(&all)?;
    }
    fs::create_dir_all(&wish.output).with_context(|| format!("cannot make {}", wish.output.display()))?;
    let mut files = Vec::new();
    for target in &all {
        let programs = tree.programs(target);
        let source = Source {
            repository: &repository,
            programs: &programs,
            version: env!("CARGO_PKG_VERSION"),
            architecture: targets::architecture(target),
            time,
        };
        files.extend(if *target == native { packages(&source)? } else { archive(&source)? });
    }
    files.extend(bills(&native)?);
    publish(&wish.output, files)?;
    if wish.twice {
        book::make()?;
        deny::check()?;
    }
    Ok(())
}

fn wish(arguments: &[String]) -> Result<Wish> {
    let mut wish = Wish { profile: "release".to_owned(), output: PathBuf::from("target/dist"), twice: true };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match word.as_str() {
            "--quick" => wish.twice = false,
            "--profile" => wish.profile.clone_from(value()?),
            "--output" => wish.output = value()?.into(),
            _ => bail!("dist knows --quick, --profile NAME and --output DIRECTORY, not {word}"),
        }
    }
    Ok(wish)
}

/// Files by their names.
type Files = Vec<(String, Vec<u8>)>;

fn packages(source: &Source<'_>) -> Result<Files> {
    let mut files = Files::new();
    for package in [AGENT, CLIENT] {
        files.push((deb::file_name(&package, source)?, deb::build(&package, source)?));
        files.push((rpm::file_name(&package, source), rpm::build(&package, source)?));
    }
    Ok(files)
}

fn archive(source: &Source<'_>) -> Result<Files> {
    Ok(vec![(tarball::file_name(source), tarball::build(source)?)])
}

fn bills(target: &str) -> Result<Files> {
    let materials = Materials::read(Some(target))?;
    let bill = |package: &&str| {
        let text = serde_json::to_string_pretty(&materials.bill(package))? + "\n";
        Ok((format!("{package}.cdx.json"), text.into_bytes()))
    };
    PROGRAMS.iter().map(bill).collect()
}

/// Writes the files and their sums, and says so.
fn publish(output: &Path, mut files: Files) -> Result<()> {
    files.sort();
    let mut sums = String::new();
    for (name, content) in files {
        let sum = format!("{:x}", Sha256::digest(&content));
        fs::write(output.join(&name), &content).with_context(|| format!("cannot write {name}"))?;
        say(&format!("{sum}  {:>9} bytes  {name}", content.len()));
        writeln!(sums, "{sum}  {name}")?;
    }
    fs::write(output.join("SHA256SUMS"), sums).context("cannot write SHA256SUMS")?;
    say(&format!("all of it is in {}", output.display()));
    Ok(())
}

/// What git prints.
fn git(directory: &Path, arguments: &[&str]) -> Result<String> {
    let output =
        Command::new("git").current_dir(directory).args(arguments).output().context("cannot run git")?;
    ensure!(
        output.status.success(),
        "git {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}
