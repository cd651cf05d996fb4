//! Kernel modules in the order in which they can be loaded.

use crate::kernel::{Kernel, decompress};
use anyhow::{Context, Result, bail};
use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

/// What modules.dep and modules.builtin say.
#[derive(Debug)]
pub struct Index {
    directory: PathBuf,
    /// Path of the module and of all it needs, by name.
    lines: HashMap<String, Vec<String>>,
    builtin: HashSet<String>,
}

impl Index {
    /// Reads the lists of the kernel.
    pub fn read(kernel: &Kernel) -> Result<Self> {
        let directory = kernel.modules();
        let read = |name: &str| {
            fs::read_to_string(directory.join(name))
                .with_context(|| format!("cannot read {name} of the kernel"))
        };
        let lines = read("modules.dep")?.lines().filter_map(dependencies).collect();
        let builtin = read("modules.builtin")?.lines().map(name).collect();
        Ok(Self { directory, lines, builtin })
    }

    /// Whether there is such a module to load.
    pub fn has(&self, name: &str) -> bool {
        self.lines.contains_key(name)
    }

    /// Paths of the modules named and of those they need, each once, needed ones first. A name that the
    /// kernel has built in is left out; an unknown one is an error.
    pub fn in_order(&self, names: &[&str]) -> Result<Vec<String>> {
        let mut order: Vec<String> = Vec::new();
        for wanted in names.iter().map(|name| name.replace('-', "_")) {
            let Some(paths) = self.lines.get(&wanted) else {
                if self.builtin.contains(&wanted) {
                    continue;
                }
                bail!("the kernel has no module {wanted}");
            };
            for path in paths.iter().rev() {
                if !order.contains(path) {
                    order.push(path.clone());
                }
            }
        }
        Ok(order)
    }

    /// A module as `insmod` of a small guest wants it: not compressed.
    pub fn content(&self, path: &str) -> Result<Vec<u8>> {
        let content =
            fs::read(self.directory.join(path)).with_context(|| format!("cannot read module {path}"))?;
        match Path::new(path).extension().and_then(|extension| extension.to_str()) {
            Some("xz") => decompress("xz", &content),
            Some("zst") => decompress("zstd", &content),
            _ => Ok(content),
        }
    }
}

/// `kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko ...` as the module's name and all paths, itself first.
fn dependencies(line: &str) -> Option<(String, Vec<String>)> {
    let (module, needed) = line.split_once(':')?;
    let paths = std::iter::once(module).chain(needed.split_whitespace()).map(str::to_owned).collect();
    Some((name(module), paths))
}

/// The name a module goes by: its file's up to the first dot, with `_` for `-`.
pub(crate) fn name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file).replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needed_modules_come_first_and_none_twice() {
        let lines = ["fs/ext4.ko: lib/crc16.ko fs/jbd2.ko", "fs/jbd2.ko:", "fs/xfs.ko.xz: lib/crc16.ko"];
        let index = Index {
            directory: PathBuf::new(),
            lines: lines.into_iter().filter_map(dependencies).collect(),
            builtin: HashSet::from(["rtc_cmos".to_owned()]),
        };
        let order = index.in_order(&["ext4", "rtc-cmos", "xfs"]).unwrap();
        assert_eq!(order, ["fs/jbd2.ko", "lib/crc16.ko", "fs/ext4.ko", "fs/xfs.ko.xz"]);
        assert!(index.in_order(&["zfs"]).is_err());
    }
}
