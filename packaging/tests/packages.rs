//! Packages made from programs that are only a few letters, and what the tools of this machine say of them.

use anyhow::{Result, ensure};
use qga_packaging::content::Format;
use qga_packaging::{AGENT, CLIENT, Package, Source, deb, rpm, tarball};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

struct Scene(TempDir);

impl Scene {
    fn new() -> Result<Scene> {
        let scene = tempfile::tempdir()?;
        fs::write(scene.path().join("qemu-ga"), "#!/bin/sh\nexit\nlibgcc_s.so.1\0GLIBC_2.34\0")?;
        fs::write(scene.path().join("qga"), "#!/bin/sh\necho static\n")?;
        Ok(Scene(scene))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn source(&self) -> Source<'_> {
        let repository = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        Source {
            repository,
            programs: self.path(),
            version: "1.2.3",
            architecture: "x86_64",
            time: 1_000_000_000,
        }
    }
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

fn paths(package: &Package, format: Format, source: &Source<'_>) -> Result<BTreeSet<String>> {
    Ok(package.files(format, source)?.into_iter().map(|file| file.path).collect())
}

#[test]
fn the_agent_lies_where_the_reference_agent_does() -> Result<()> {
    let scene = Scene::new()?;
    let deb = paths(&AGENT, Format::Deb, &scene.source())?;
    let rpm = paths(&AGENT, Format::Rpm, &scene.source())?;
    let unit = "usr/lib/systemd/system/qemu-guest-agent.service";
    for (files, path) in [(&deb, "usr/sbin/qemu-ga"), (&deb, unit), (&rpm, "usr/bin/qemu-ga"), (&rpm, unit)] {
        assert!(files.contains(path), "{path}");
    }
    assert!(rpm.contains("etc/sysconfig/qemu-ga") && !deb.iter().any(|path| path.starts_with("etc/")));
    Ok(())
}

#[test]
fn no_file_is_in_both_packages() -> Result<()> {
    let scene = Scene::new()?;
    for format in [Format::Deb, Format::Rpm] {
        let (agent, client) =
            (paths(&AGENT, format, &scene.source())?, paths(&CLIENT, format, &scene.source())?);
        assert_eq!(agent.intersection(&client).count(), 0);
    }
    Ok(())
}

#[test]
fn the_same_files_give_the_same_bytes() -> Result<()> {
    let scene = Scene::new()?;
    let source = scene.source();
    for package in [AGENT, CLIENT] {
        assert!(deb::build(&package, &source)? == deb::build(&package, &source)?);
        assert!(rpm::build(&package, &source)? == rpm::build(&package, &source)?);
    }
    assert!(tarball::build(&source)? == tarball::build(&source)?);
    Ok(())
}

#[test]
fn dpkg_reads_the_debian_package_and_what_it_replaces() -> Result<()> {
    let scene = Scene::new()?;
    let path = scene.path().join(deb::file_name(&AGENT, &scene.source())?);
    fs::write(&path, deb::build(&AGENT, &scene.source())?)?;
    let fields = ["Package", "Version", "Depends", "Conflicts", "Replaces", "Provides"];
    let told = run(Command::new("dpkg-deb").arg("--field").arg(&path).args(fields))?;
    assert_eq!(
        told,
        "Package: qga-guest-agent\nVersion: 1.2.3\nDepends: libc6 (>= 2.34), libgcc-s1\n\
         Conflicts: qemu-guest-agent\nReplaces: qemu-guest-agent\nProvides: qemu-guest-agent (= 1:11.1.3)\n"
    );
    let listed = run(Command::new("dpkg-deb").arg("--contents").arg(&path))?;
    assert!(
        listed.lines().any(|line| {
            line.starts_with("-rwxr-xr-x root/root") && line.ends_with(" ./usr/sbin/qemu-ga")
        })
    );
    Ok(())
}

#[test]
fn the_rpm_package_can_be_read_back() -> Result<()> {
    let scene = Scene::new()?;
    let bytes = rpm::build(&AGENT, &scene.source())?;
    let package = ::rpm::Package::parse(&mut bytes.as_slice())?;
    let names = |list: Vec<::rpm::Dependency>| list.into_iter().map(|one| one.name).collect::<Vec<_>>();
    assert!(names(package.metadata.get_conflicts()?).contains(&"qemu-guest-agent".to_owned()));
    assert!(names(package.metadata.get_provides()?).contains(&"qemu-guest-agent".to_owned()));
    assert!(names(package.metadata.get_requires()?).contains(&"libc.so.6(GLIBC_2.34)(64bit)".to_owned()));
    let settings = package
        .metadata
        .get_file_entries()?
        .into_iter()
        .filter(|file| file.flags.contains(::rpm::FileFlags::NOREPLACE));
    let settings: Vec<_> = settings.map(|file| file.path).collect();
    assert_eq!(settings, [Path::new("/etc/qemu-ga/fsfreeze-hook"), Path::new("/etc/sysconfig/qemu-ga")]);
    Ok(())
}

#[test]
fn what_the_tarball_installs_it_takes_away_again() -> Result<()> {
    let scene = Scene::new()?;
    let archive = scene.path().join("archive.tar.gz");
    fs::write(&archive, tarball::build(&scene.source())?)?;
    run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(scene.path()))?;
    let root = scene.path().join("root");
    fs::create_dir_all(root.join("etc/systemd/system"))?;
    let script = scene.path().join("qga-1.2.3-x86_64-linux/install.sh");
    run(Command::new(&script).env("DESTDIR", &root))?;
    let unit = fs::read_to_string(root.join("etc/systemd/system/qemu-guest-agent.service"))?;
    assert!(unit.contains("\nExecStart=/usr/local/sbin/qemu-ga "), "{unit}");
    assert_eq!(run(&mut Command::new(root.join("usr/local/bin/qga")))?, "static\n");
    run(Command::new(&script).arg("--uninstall").env("DESTDIR", &root))?;
    assert_eq!(run(Command::new("find").arg(&root).args(["-type", "f"]))?, "");
    Ok(())
}
