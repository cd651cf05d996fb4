//! The QEMU guest agent.

use qga_agent::supervisor::Supervisor;
use qga_agent::{Access, Agent, Freeze, serve};
use qga_platform::Os;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut method, mut path, mut block) = (String::from("virtio-serial"), String::new(), String::new());
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Short('m') => method = arguments.value()?.string()?,
            lexopt::Arg::Short('p') => path = arguments.value()?.string()?,
            lexopt::Arg::Short('b') | lexopt::Arg::Long("block-rpcs") => {
                block = arguments.value()?.string()?
            }
            _ => drop(arguments.optional_value()),
        }
    }
    let next = AtomicI64::new(1000);
    let numbers = Box::new(move || Ok(next.fetch_add(1, Ordering::Relaxed)));
    let access = Access::new([], block.split(',').map(str::to_owned));
    let agent = Arc::new(Agent::new(Os::system(), access, numbers, Freeze::new(None, Box::new(()))));
    let endpoint = qga_transport::open(method.parse()?, path)?;
    Ok(serve::serve(&agent, &Supervisor::start()?, endpoint)?)
}

use lexopt::ValueExt;
