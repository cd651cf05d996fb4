//! Packages for Fedora, RHEL, SUSE.

use crate::Source;
use crate::content::{File, Format, Package};
use crate::libraries::needs;
use anyhow::{Context, Result};
use qga_wire::COMPATIBLE_VERSION;
use rpm::{CompressionType, Dependency, FileMode, FileOptions, PackageBuilder};
use std::fs;

/// Counts the packages of one version.
const RELEASE: &str = "1";

/// The name of the package's file.
pub fn file_name(package: &Package, source: &Source<'_>) -> String {
    format!("{}-{}-{RELEASE}.{}.rpm", package.name, source.version, source.architecture)
}

/// The package, as a file's content.
pub fn build(package: &Package, source: &Source<'_>) -> Result<Vec<u8>> {
    let files = package.files(Format::Rpm, source)?;
    let licence = env!("CARGO_PKG_LICENSE");
    let mut builder =
        PackageBuilder::new(package.name, source.version, licence, source.architecture, package.summary)
            .using_config(rpm::BuildConfig::v4().compression(CompressionType::Gzip))
            .release(RELEASE)
            .description(package.description)
            .build_host("localhost")
            .source_date(source.time);
    if let Some((other, _)) = package.replaces {
        builder = replacing(builder, other, source)?;
    }
    for need in files.iter().flat_map(requirements) {
        builder = builder.requires(need);
    }
    for file in files {
        let (content, options) = entry(file)?;
        builder = builder.with_file_contents(content, options)?;
    }
    let mut bytes = Vec::new();
    builder.build()?.write(&mut bytes)?;
    Ok(bytes)
}

/// No `Obsoletes`: with it the other package could not be installed by its name any more.
fn replacing(builder: PackageBuilder, other: &str, source: &Source<'_>) -> Result<PackageBuilder> {
    let script = |name| {
        let path = source.repository.join("packaging/rpm").join(name);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    Ok(builder
        .provides(Dependency::eq(other, COMPATIBLE_VERSION))
        .conflicts(Dependency::any(other))
        .post_install_script(script("post")?)
        .pre_uninstall_script(script("preun")?)
        .post_uninstall_script(script("postun")?))
}

fn requirements(file: &File) -> Vec<Dependency> {
    let needs = needs(&file.content);
    let program = file.path.contains("bin/");
    let libc = needs.libc.map(|(major, minor)| format!("libc.so.6(GLIBC_{major}.{minor})(64bit)"));
    let unwinder = needs.unwinder.then(|| "libgcc_s.so.1()(64bit)".to_owned());
    let names = libc.into_iter().chain(unwinder).filter(|_| program);
    names.map(Dependency::any).collect()
}

fn entry(file: File) -> Result<(Vec<u8>, FileOptions)> {
    let mode = FileMode::regular(u16::try_from(file.mode)?);
    let options = FileOptions::new(format!("/{}", file.path)).mode(mode);
    let options = if file.is_setting { options.is_config_noreplace() } else { options };
    Ok((file.content, options.into()))
}
