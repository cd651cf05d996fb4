use crate::{Error, Result, Root};
use nix::errno::Errno;
use qga_wire::family::storage::{DiskStats, DiskStatsInfo};

const FILE: &str = "/proc/diskstats";

/// What went through each block device, in the kernel's order.
pub fn stats(root: &Root) -> Result<Vec<DiskStatsInfo>> {
    let text = root.read_text(FILE).and_then(|text| text.ok_or(Errno::ENOENT.into()));
    let text = text.map_err(|error| Error::new(format!("Could not open '{FILE}'"), error))?;
    Ok(parse(&text))
}

fn parse(text: &str) -> Vec<DiskStatsInfo> {
    text.lines().filter_map(stats_of_line).collect()
}

/// `MAJOR MINOR NAME` and the counters, of which later kernels have more: see the kernel's
/// `Documentation/admin-guide/iostats.rst`.
fn stats_of_line(line: &str) -> Option<DiskStatsInfo> {
    let mut columns = line.split_whitespace();
    let (major, minor, name) = (columns.next()?, columns.next()?, columns.next()?);
    let counters = columns.map(str::parse).collect::<std::result::Result<Vec<u64>, _>>().ok()?;
    Some(DiskStatsInfo {
        name: name.to_owned(),
        stats: told(&counters),
        minor: minor.parse().ok()?,
        major: major.parse().ok()?,
    })
}

fn told(counters: &[u64]) -> DiskStats {
    // Before 2.6.25 partitions had these four only.
    if let [read_ios, read_sectors, write_ios, write_sectors] = *counters {
        return DiskStats {
            read_ios: Some(read_ios),
            read_sectors: Some(read_sectors),
            write_ios: Some(write_ios),
            write_sectors: Some(write_sectors),
            ..DiskStats::default()
        };
    }
    let counter = |place| counters.get(place).copied();
    DiskStats {
        read_ios: counter(0),
        read_merges: counter(1),
        read_sectors: counter(2),
        read_ticks: counter(3),
        write_ios: counter(4),
        write_merges: counter(5),
        write_sectors: counter(6),
        write_ticks: counter(7),
        ios_pgr: counter(8),
        total_ticks: counter(9),
        weight_ticks: counter(10),
        discard_ios: counter(11),
        discard_merges: counter(12),
        discard_sectors: counter(13),
        discard_ticks: counter(14),
        flush_ios: counter(15),
        flush_ticks: counter(16),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Root;
    use qga_testkit::fixture;
    use qga_wire::json;

    fn told(line: &str) -> String {
        let mut text = Vec::new();
        json::write(&mut text, &parse(line)).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn each_kernel_tells_what_it_counts() {
        let table = [
            (
                "   8       1 sda1 1 2 3 4\n",
                r#"[{"name": "sda1", "stats": {"write-ios": 3, "read-ios": 1, "write-sectors": 4, "read-sectors": 2}, "minor": 1, "major": 8}]"#,
            ),
            (
                " 8 0 sda 1 2 3 4 5 6 7 8 9 10 11",
                r#"[{"name": "sda", "stats": {"write-ios": 5, "weight-ticks": 11, "read-ios": 1, "write-sectors": 7, "write-merges": 6, "write-ticks": 8, "ios-pgr": 9, "read-sectors": 3, "read-merges": 2, "total-ticks": 10, "read-ticks": 4}, "minor": 0, "major": 8}]"#,
            ),
            (
                "254 0 vda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
                r#"[{"name": "vda", "stats": {"discard-sectors": 14, "write-ios": 5, "discard-ios": 12, "discard-ticks": 15, "weight-ticks": 11, "read-ios": 1, "flush-ios": 16, "write-sectors": 7, "write-merges": 6, "write-ticks": 8, "ios-pgr": 9, "read-sectors": 3, "read-merges": 2, "total-ticks": 10, "discard-merges": 13, "flush-ticks": 17, "read-ticks": 4}, "minor": 0, "major": 254}]"#,
            ),
        ];
        for (line, expected) in table {
            assert_eq!(told(line), expected);
        }
    }

    #[test]
    fn lines_that_make_no_sense_are_passed_over() {
        assert_eq!(told("\n8 0\n8 x sda 1 2 3 4\n8 0 sda 1 2 3 -4\n"), "[]");
    }

    #[test]
    fn counters_that_are_not_told_are_an_error() {
        let tree = fixture::unpack("").unwrap();
        let told = stats(&Root::at(tree.path())).unwrap_err().to_string();
        assert_eq!(told, "Could not open '/proc/diskstats': No such file or directory");
    }
}
