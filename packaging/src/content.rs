//! What goes into which package, and where: the one table that all formats are made from.

use crate::Source;
use crate::archive::compress;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;

/// A kind of package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For Debian and what descends from it.
    Deb,
    /// For Fedora, RHEL, SUSE.
    Rpm,
    /// For all others, below a directory that the user chooses.
    Tarball,
}

/// A package of one kind or another.
#[derive(Debug)]
pub struct Package {
    /// The name.
    pub name: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// What it is, in a few.
    pub description: &'static str,
    /// The package whose place it takes, and how Debian counts its versions.
    pub replaces: Option<(&'static str, &'static str)>,
    items: &'static [Item],
}

/// The daemon.
pub const AGENT: Package = Package {
    name: "qga-guest-agent",
    summary: "QEMU guest agent, in the place of QEMU's own",
    description: "A daemon for virtual machines that does what their host asks for: it freezes\n\
                  filesystems for a snapshot, shuts down, reads and writes files, runs programs.\n\
                  It takes the place of QEMU's own agent: the same protocol, options and\n\
                  configuration file. What is frozen is thawed even if the agent is killed.",
    replaces: Some(("qemu-guest-agent", "1:")),
    items: &[
        program("qemu-ga", Directory::Daemons),
        file("packaging/systemd/qemu-guest-agent.service", Directory::Units),
        renamed("packaging/rpm/unit.conf", Directory::UnitSettings, "10-rpm.conf"),
        file("packaging/udev/99-qemu-guest-agent.rules", Directory::Rules),
        renamed("packaging/rpm/sysconfig", Directory::Sysconfig, "qemu-ga"),
        script("packaging/hook/fsfreeze-hook", Directory::Data),
        script("packaging/hook/fsfreeze-hook", Directory::RpmHook),
        script("packaging/openrc/qemu-guest-agent", Directory::OpenRc),
        file("docs/man/qemu-ga.8", Directory::Manual('8')),
        file("docs/man/qemu-ga.conf.5", Directory::Manual('5')),
        file("docs/man/qemu-ga-ref.7", Directory::Manual('7')),
        file("packaging/qemu-ga.conf", Directory::Documents),
        file("docs/[a-z]*.md", Directory::Documents),
        file("CHANGELOG.md", Directory::Documents),
        file("LICENSE-*", Directory::Documents),
        file("packaging/deb/copyright", Directory::DebDocuments),
    ],
};

/// The host's client.
pub const CLIENT: Package = Package {
    name: "qga",
    summary: "client for the guest agents of virtual machines",
    description: "Talks to the QEMU guest agent inside a virtual machine: copies files, runs\n\
                  programs, freezes filesystems around a command, shows what the guest is doing.",
    replaces: None,
    items: &[
        program("qga", Directory::Programs),
        file("docs/man/qga*.1", Directory::Manual('1')),
        renamed("completions/qga.bash", Directory::Bash, "qga"),
        file("completions/_qga", Directory::Zsh),
        file("completions/qga.fish", Directory::Fish),
        file("CHANGELOG.md", Directory::Documents),
        file("LICENSE-*", Directory::Documents),
        file("packaging/deb/copyright", Directory::DebDocuments),
    ],
};

/// What a tarball has besides both packages.
pub(crate) const INSTALLER: &[Item] = &[
    script("packaging/tarball/install.sh", Directory::Top),
    file("README.md", Directory::Top),
    file("docs/install.md", Directory::Top),
];

#[derive(Debug)]
pub(crate) struct Item {
    origin: Origin,
    directory: Directory,
    name: Option<&'static str>,
    mode: u32,
}

#[derive(Debug)]
enum Origin {
    /// A program that was built.
    Built(&'static str),
    /// Files of the repository: a path or a pattern.
    Kept(&'static str),
}

const fn program(name: &'static str, directory: Directory) -> Item {
    Item { origin: Origin::Built(name), directory, name: Some(name), mode: 0o755 }
}

const fn file(path: &'static str, directory: Directory) -> Item {
    Item { origin: Origin::Kept(path), directory, name: None, mode: 0o644 }
}

const fn renamed(path: &'static str, directory: Directory, name: &'static str) -> Item {
    Item { origin: Origin::Kept(path), directory, name: Some(name), mode: 0o644 }
}

const fn script(path: &'static str, directory: Directory) -> Item {
    Item { origin: Origin::Kept(path), directory, name: None, mode: 0o755 }
}

/// Where files go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directory {
    Daemons,
    Programs,
    Units,
    UnitSettings,
    Rules,
    Sysconfig,
    RpmHook,
    Data,
    OpenRc,
    Manual(char),
    Documents,
    DebDocuments,
    Bash,
    Zsh,
    Fish,
    Top,
}

impl Directory {
    /// Its path, without a slash at the beginning; `None` if the format has no such files.
    fn path(self, format: Format, package: &str) -> Option<String> {
        let installed = format != Format::Tarball;
        let usr = if installed { "usr/" } else { "" };
        let path = match (self, format) {
            // A distribution runs what its administrators run from where the reference agent's package has it.
            (Self::Daemons, Format::Deb | Format::Tarball) => format!("{usr}sbin"),
            (Self::Daemons, Format::Rpm) | (Self::Programs, _) => format!("{usr}bin"),
            (Self::Units, Format::Tarball) => "systemd".to_owned(),
            (Self::Units, _) => "usr/lib/systemd/system".to_owned(),
            (Self::UnitSettings, Format::Rpm) => {
                "usr/lib/systemd/system/qemu-guest-agent.service.d".to_owned()
            }
            (Self::Rules, Format::Tarball) => "udev".to_owned(),
            (Self::Rules, _) => "usr/lib/udev/rules.d".to_owned(),
            (Self::Sysconfig, Format::Rpm) => "etc/sysconfig".to_owned(),
            (Self::RpmHook, Format::Rpm) => "etc/qemu-ga".to_owned(),
            (Self::Data, _) => format!("{usr}share/{package}"),
            (Self::OpenRc, Format::Tarball) => "openrc".to_owned(),
            (Self::Manual(section), _) => format!("{usr}share/man/man{section}"),
            (Self::Documents, _) | (Self::DebDocuments, Format::Deb) => format!("{usr}share/doc/{package}"),
            (Self::Bash, _) => format!("{usr}share/bash-completion/completions"),
            (Self::Zsh, Format::Deb) => "usr/share/zsh/vendor-completions".to_owned(),
            (Self::Zsh, _) => format!("{usr}share/zsh/site-functions"),
            (Self::Fish, _) => format!("{usr}share/fish/vendor_completions.d"),
            (Self::Top, Format::Tarball) => String::new(),
            (
                Self::UnitSettings
                | Self::Sysconfig
                | Self::RpmHook
                | Self::OpenRc
                | Self::DebDocuments
                | Self::Top,
                _,
            ) => return None,
        };
        Some(path)
    }
}

/// A file as it is in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, without a slash at the beginning.
    pub path: String,
    /// Its permissions.
    pub mode: u32,
    /// What is in it.
    pub content: Vec<u8>,
    /// Whether an administrator edits it, so that an upgrade must leave it alone.
    pub is_setting: bool,
}

impl Package {
    /// The files of the package in that format, in the order of their paths.
    pub fn files(&self, format: Format, source: &Source<'_>) -> Result<Vec<File>> {
        files(self.items, self.name, format, source)
    }
}

pub(crate) fn files(items: &[Item], package: &str, format: Format, source: &Source<'_>) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for item in items {
        if let Some(directory) = item.directory.path(format, package) {
            item.collect(&directory, source, &mut files)?;
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

impl Item {
    fn collect(&self, directory: &str, source: &Source<'_>, files: &mut Vec<File>) -> Result<()> {
        let pattern = match self.origin {
            Origin::Built(name) => source.programs.join(name),
            Origin::Kept(path) => source.repository.join(path),
        };
        let pattern = pattern.to_str().context("a path is not UTF-8")?;
        let before = files.len();
        for path in glob::glob(pattern)? {
            files.push(self.read(directory, &path?)?);
        }
        ensure!(files.len() > before, "{pattern} is missing");
        Ok(())
    }

    fn read(&self, directory: &str, from: &Path) -> Result<File> {
        let name = self.name.or_else(|| from.file_name()?.to_str()).context("a file without a name")?;
        let content = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        let path = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
        let is_setting = matches!(self.directory, Directory::Sysconfig | Directory::RpmHook);
        let file = File { path, mode: self.mode, content, is_setting };
        if matches!(self.directory, Directory::Manual(_)) {
            return Ok(File { path: file.path + ".gz", content: compress(&file.content)?, ..file });
        }
        Ok(file)
    }
}
