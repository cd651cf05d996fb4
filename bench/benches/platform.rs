//! The readers of /proc, on files as a big guest has them.
#![expect(clippy::unwrap_used, reason = "a measurement is a test")]

use criterion::Criterion;
use qga_platform::{Root, cpu, mounts, network, storage};
use std::{fmt::Write, fs};
use tempfile::TempDir;

/// A root with one file, which has a line for each number up to 1000.
fn tree(path: &str, heading: &str, line: fn(usize) -> String) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut text = heading.to_owned();
    (0..1000).for_each(|number| writeln!(text, "{}", line(number)).unwrap());
    fs::write(file, text).unwrap();
    directory
}

fn measure<T>(criterion: &mut Criterion, name: &str, tree: &TempDir, read: fn(&Root) -> T) {
    let root = Root::at(tree.path());
    criterion.bench_function(name, |bencher| bencher.iter(|| read(&root)));
}

fn readers(criterion: &mut Criterion) {
    let stat = tree("proc/stat", "cpu  9 8 7 6 5 4 3 2 1 0\n", |number| {
        format!("cpu{number} 123456 789 12345 98765432 1234 0 567 0 0 0")
    });
    measure(criterion, "/proc/stat, 1000 processors", &stat, |root| cpu::times(root).unwrap());

    let diskstats = tree("proc/diskstats", "", |number| {
        format!(" 259 {number} nvme{number}n1 123 4 5678 90 123 4 5678 90 0 123 456 7 8 9 10 11 12")
    });
    measure(criterion, "/proc/diskstats, 1000 disks", &diskstats, |root| storage::stats(root).unwrap());

    let mountinfo = tree("proc/self/mountinfo", "", |number| {
        format!("{number} 1 259:{number} / /mnt/{number} rw,relatime shared:1 - ext4 /dev/nvme{number}n1 rw")
    });
    measure(criterion, "/proc/self/mountinfo, 1000 mounts", &mountinfo, |root| mounts::list(root).unwrap());

    let heading = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
    let route = tree("proc/net/route", heading, |number| {
        format!("eth0\t{number:06X}0A\t00000000\t0001\t0\t0\t100\tFFFFFFFF\t0\t0\t0")
    });
    measure(criterion, "/proc/net/route, 1000 routes", &route, |root| network::routes(root).unwrap());
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    readers(&mut criterion);
    criterion.final_summary();
}
