use crate::{Error, Result, Root};
use nix::errno::Errno;
use nix::unistd::{SysconfVar, sysconf};
use qga_wire::family::cpu::{CpuStats, CpuStatsType};

const FILE: &str = "/proc/stat";
/// The clock ticks of a second on every processor that Linux runs on but the long-gone Alpha.
const USUAL_TICKS: u64 = 100;

/// What each processor in use has spent its time with.
pub fn times(root: &Root) -> Result<Vec<CpuStats>> {
    let text = root.read_text(FILE).and_then(|text| text.ok_or(Errno::ENOENT.into()));
    let text = text.map_err(|error| Error::new(format!("Could not open '{FILE}'"), error))?;
    Ok(parse(&text, ticks_per_second()))
}

fn ticks_per_second() -> u64 {
    let ticks = sysconf(SysconfVar::CLK_TCK).ok().flatten().and_then(|ticks| u64::try_from(ticks).ok());
    ticks.filter(|ticks| *ticks > 0).unwrap_or(USUAL_TICKS)
}

fn parse(text: &str, ticks_per_second: u64) -> Vec<CpuStats> {
    text.lines().filter_map(|line| times_of_line(line, ticks_per_second)).collect()
}

/// `cpuN` and up to ten columns of clock ticks; older kernels have fewer: see `proc_stat(5)`.
fn times_of_line(line: &str, ticks_per_second: u64) -> Option<CpuStats> {
    let mut columns = line.strip_prefix("cpu")?.split(' ');
    let cpu = columns.next()?.parse().ok()?;
    let mut milliseconds = columns.map_while(|ticks| ticks.parse::<u64>().ok()).map(|ticks| {
        let milliseconds = u128::from(ticks) * 1000 / u128::from(ticks_per_second);
        u64::try_from(milliseconds).unwrap_or(u64::MAX)
    });
    let (user, nice, system, idle) =
        (milliseconds.next()?, milliseconds.next()?, milliseconds.next()?, milliseconds.next()?);
    let [iowait, irq, softirq, steal, guest, guestnice] = std::array::from_fn(|_| milliseconds.next());
    Some(CpuStats {
        cpu,
        guestnice,
        idle,
        steal,
        iowait,
        system,
        guest,
        nice,
        irq,
        r#type: CpuStatsType::Linux,
        user,
        softirq,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_testkit::fixture;
    use qga_wire::json;

    fn told(text: &str) -> String {
        let mut line = Vec::new();
        json::write(&mut line, &parse(text, 100)).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn clock_ticks_become_milliseconds() {
        let text = "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu12 0 0 0 0 0 0 0 0 0 0 11 12\nintr 1 2\n";
        assert_eq!(
            told(text),
            r#"[{"cpu": 0, "guestnice": 100, "idle": 40, "steal": 80, "iowait": 50, "system": 30, "guest": 90, "nice": 20, "irq": 60, "type": "linux", "user": 10, "softirq": 70}, {"cpu": 12, "guestnice": 0, "idle": 0, "steal": 0, "iowait": 0, "system": 0, "guest": 0, "nice": 0, "irq": 0, "type": "linux", "user": 0, "softirq": 0}]"#
        );
    }

    #[test]
    fn an_old_kernel_tells_less() {
        let expected = r#"[{"cpu": 0, "idle": 40, "system": 30, "nice": 20, "type": "linux", "user": 10}]"#;
        assert_eq!(told("cpu0 1 2 3 4\n"), expected);
    }

    #[test]
    fn lines_that_make_no_sense_are_passed_over() {
        assert_eq!(told("\ncpu\ncpux 1 2 3 4\ncpu0 1 2 3\ncpu1 1 2 x 4\ncpu1\t1 2 3 4\n"), "[]");
    }

    #[test]
    fn times_that_are_not_told_are_an_error() {
        let tree = fixture::unpack("").unwrap();
        let told = times(&Root::at(tree.path())).unwrap_err().to_string();
        assert_eq!(told, "Could not open '/proc/stat': No such file or directory");
    }
}
