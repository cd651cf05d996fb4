use super::Run;
use crate::agent::Agent;
use crate::fault::Fault;
use crate::need::Need;
use qga_platform::cpu;
use qga_wire::family::cpu::{
    CpuStats, GetCpustats, GetLoad, GetVcpus, LoadAverage, LogicalProcessor, SetVcpus,
};

impl Run for GetVcpus {
    fn run(self, agent: &Agent) -> Result<Vec<LogicalProcessor>, Fault> {
        Ok(cpu::processors(&agent.os.root)?)
    }
}

impl Run for SetVcpus {
    const NEEDS: &'static [Need] = &[Need::Hardware];

    fn run(self, agent: &Agent) -> Result<i64, Fault> {
        let mut done = 0;
        for processor in &self.vcpus {
            match cpu::set_online(&agent.os.root, processor.logical_id, processor.online) {
                Ok(()) => done += 1,
                // The client sends the rest again, and then it is the first that fails.
                Err(_) if done > 0 => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(done)
    }
}

impl Run for GetCpustats {
    fn run(self, agent: &Agent) -> Result<Vec<CpuStats>, Fault> {
        Ok(cpu::times(&agent.os.root)?)
    }
}

impl Run for GetLoad {
    fn run(self, _agent: &Agent) -> Result<LoadAverage, Fault> {
        Ok(cpu::load()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_testkit::fixture;
    use qga_wire::reply::Failure;

    /// What a guest answers whose processor 0 cannot be switched, 1 is in use and 2 is not.
    fn answer(changes: &[(i64, bool)]) -> Result<i64, String> {
        let machine = "\
/sys/devices/system/cpu/cpu0/
/sys/devices/system/cpu/cpu1/online = 1
/sys/devices/system/cpu/cpu2/online = 0
";
        let tree = fixture::unpack(machine).unwrap();
        let change = |&(logical_id, online)| LogicalProcessor { logical_id, online, can_offline: None };
        let command = SetVcpus { vcpus: changes.iter().map(change).collect() };
        command.run(&Agent::on_tree(tree.path())).map_err(|fault| Failure::from(fault).desc)
    }

    #[test]
    fn the_answer_counts_what_was_done_before_the_first_that_fails() {
        assert_eq!(answer(&[]), Ok(0));
        assert_eq!(answer(&[(1, false), (2, true), (0, true)]), Ok(3));
        assert_eq!(answer(&[(1, false), (0, false), (2, true)]), Ok(1));
    }

    #[test]
    fn it_is_an_error_when_the_very_first_fails() {
        assert_eq!(answer(&[(0, false), (1, false)]).unwrap_err(), "logical processor #0 can't be offlined");
    }
}
