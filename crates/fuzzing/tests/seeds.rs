//! The seeds of the fuzzer, and what is near them, through the same targets: runs everywhere, in a moment.
#![cfg(test)]

use proptest::test_runner::{RngAlgorithm, TestRng};
use qga_fuzzing::{TARGETS, Target};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, panic};

/// How many inputs are made of the seeds of a target.
const MUTANTS: usize = 500;

fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds")
}

fn of(target: Target) -> Vec<Vec<u8>> {
    let directory = fs::read_dir(seeds().join(target.name)).unwrap();
    directory.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}

/// Runs the target; a panic tells the input that it was.
fn run(target: Target, input: &[u8]) {
    let outcome = panic::catch_unwind(|| (target.run)(input));
    assert!(outcome.is_ok(), "{}: {}", target.name, input.escape_ascii());
}

/// A piece of one seed, some noise, and a piece of another.
fn mutant(seeds: &[Vec<u8>], number: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    let mut piece = || {
        let seed = &seeds[number(seeds.len())];
        let (one, other) = (number(seed.len() + 1), number(seed.len() + 1));
        seed[one.min(other)..one.max(other)].to_vec()
    };
    let mut made = [piece(), piece(), piece()].concat();
    for _ in 0..number(4) {
        let place = number(made.len() + 1);
        made.insert(place, u8::try_from(number(256)).unwrap());
    }
    made
}

#[test]
fn each_target_has_seeds_and_takes_them() {
    for target in TARGETS {
        let seeds = of(*target);
        assert!(!seeds.is_empty(), "{}", target.name);
        for seed in seeds {
            run(*target, &seed);
        }
    }
}

#[test]
fn there_are_no_seeds_without_a_target() {
    let directories = fs::read_dir(seeds()).unwrap();
    let names: BTreeSet<_> =
        directories.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, TARGETS.iter().map(|target| target.name.to_owned()).collect());
}

#[test]
fn each_target_takes_what_is_made_of_its_seeds() {
    for target in TARGETS {
        let seeds = of(*target);
        let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut number = |below: usize| {
            use proptest::prelude::RngCore;
            usize::try_from(random.next_u32()).unwrap() % below
        };
        for _ in 0..MUTANTS {
            run(*target, &mutant(&seeds, &mut number));
        }
        run(*target, b"");
    }
}
