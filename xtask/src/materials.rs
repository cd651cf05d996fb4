//! What the programs are made of, as cargo resolves it.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// A crate of a program, or the program itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Crate {
    id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Under which licence it is, as an SPDX expression.
    pub(crate) license: Option<String>,
    /// Where it is from; nothing for our own.
    pub(crate) source: Option<String>,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
}

impl Crate {
    /// Whether only the compiler runs it.
    fn is_macro(&self) -> bool {
        self.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "proc-macro"))
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Crate>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// Nothing for what a program is linked from.
    kind: Option<String>,
}

/// All crates of the workspace for a target, and which uses which.
pub(crate) struct Materials {
    /// The crates by what cargo calls them.
    crates: BTreeMap<String, Crate>,
    uses: BTreeMap<String, Vec<String>>,
}

impl Materials {
    /// Asks cargo; with a target, without what only other systems need.
    pub(crate) fn read(target: Option<&str>) -> Result<Materials> {
        let mut cargo = Command::new("cargo");
        cargo.args(["metadata", "--format-version=1", "--locked"]);
        cargo.args(target.map(|target| format!("--filter-platform={target}")));
        let output = cargo.output().context("cannot run cargo")?;
        ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
        let linked = |one: &Dependency| one.dep_kinds.iter().any(|kind| kind.kind.is_none());
        let uses = metadata.resolve.nodes.into_iter().map(|node| {
            let used = node.deps.into_iter().filter(linked).map(|one| one.pkg).collect();
            (node.id, used)
        });
        let crates = metadata.packages.into_iter().map(|one| (one.id.clone(), one)).collect();
        Ok(Materials { crates, uses: uses.collect() })
    }

    /// All that is used anywhere, tests and chores included, but for our own crates.
    pub(crate) fn foreign(&self) -> impl Iterator<Item = &Crate> {
        self.crates.values().filter(|one| one.source.is_some())
    }

    /// What the programs of those packages are linked from, the packages themselves included.
    pub(crate) fn of(&self, packages: &[&str]) -> Vec<&Crate> {
        let ours = self.crates.values().filter(|one| packages.contains(&one.name.as_str()));
        let mut waiting: Vec<&Crate> = ours.collect();
        let mut found = BTreeSet::new();
        while let Some(one) = waiting.pop() {
            if found.insert(one.id.as_str()) {
                waiting.extend(self.used_by(one));
            }
        }
        found.into_iter().filter_map(|id| self.crates.get(id)).collect()
    }

    fn used_by(&self, one: &Crate) -> impl Iterator<Item = &Crate> {
        let used = self.uses.get(&one.id).into_iter().flatten().filter_map(|id| self.crates.get(id));
        used.filter(|one| !one.is_macro())
    }

    /// The list of them in the form of `CycloneDX` 1.5.
    pub(crate) fn bill(&self, package: &str) -> Value {
        let crates = self.of(&[package]);
        let own = crates.iter().find(|one| one.name == package).copied();
        let components: Vec<Value> =
            crates.iter().filter(|one| one.name != package).map(|one| component(one, "library")).collect();
        let uses = |one: &&Crate| {
            let used: BTreeSet<String> = self.used_by(one).map(reference).collect();
            json!({ "ref": reference(one), "dependsOn": used })
        };
        json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": { "component": own.map(|one| component(one, "application")) },
            "components": components,
            "dependencies": crates.iter().map(uses).collect::<Vec<_>>(),
        })
    }
}

fn component(one: &Crate, kind: &str) -> Value {
    json!({
        "type": kind,
        "bom-ref": reference(one),
        "name": one.name,
        "version": one.version,
        "purl": reference(one),
        "licenses": one.license.iter().map(|text| json!({ "expression": text.replace('/', " OR ") })).collect::<Vec<_>>(),
    })
}

/// The crate as a package URL.
fn reference(one: &Crate) -> String {
    format!("pkg:cargo/{}@{}", one.name, one.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bill_names_what_is_linked_and_not_what_only_builds_or_tests() {
        let materials = Materials::read(Some("x86_64-unknown-linux-gnu")).unwrap();
        let bill = materials.bill("qga-agent").to_string();
        for linked in ["pkg:cargo/mio@", "pkg:cargo/qga-wire@"] {
            assert!(bill.contains(linked), "{linked}");
        }
        for other in ["pkg:cargo/proptest@", "pkg:cargo/syn@", "pkg:cargo/clap@"] {
            assert!(!bill.contains(other), "{other}");
        }
    }
}
