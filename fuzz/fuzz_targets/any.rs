//! The target that `QGA_FUZZ_TARGET` names: one program for all of them takes a minute to build, one for each
//! would take a minute each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use qga_fuzzing::Target;
use std::sync::LazyLock;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("QGA_FUZZ_TARGET").expect("QGA_FUZZ_TARGET names the target");
    qga_fuzzing::target(&name).expect("there is a target of this name")
});

fuzz_target!(|input: &[u8]| (TARGET.run)(input));
