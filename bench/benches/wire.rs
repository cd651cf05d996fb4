//! The parser, base64 both ways and the writer, without an agent around them.
#![expect(clippy::unwrap_used, reason = "a measurement is a test")]

use criterion::{Criterion, Throughput};
use qga_wire::{
    Base64,
    family::file::FileContent,
    json::{Line, Parser, write},
    list::COMMANDS,
    reply,
};
use std::{fmt::Write, hint::black_box};

const MIB: usize = 1 << 20;

fn parse_all(text: &[u8]) -> usize {
    let mut parser = Parser::new();
    parser.feed(text);
    let mut values = 0;
    while let Some(value) = parser.next() {
        value.unwrap();
        values += 1;
    }
    values
}

fn members(count: usize) -> String {
    let mut text = "{".to_owned();
    for number in 0..count {
        write!(text, "\"key{number}\": {number}, ").unwrap();
    }
    text + "\"last\": null}"
}

fn parser(criterion: &mut Criterion) {
    let inputs = [
        ("1000 pings", "{\"execute\":\"guest-ping\"}\n".repeat(1000)),
        ("a string of 1 MiB", format!("[\"{}\"]", "x".repeat(MIB))),
        ("text with escapes", format!("[\"{}\"]", "some text\\n".repeat(10_000))),
        ("10,000 members", members(10_000)),
        ("100,000 numbers", format!("[{}1]", "-12.5e3, ".repeat(100_000))),
    ];
    let mut group = criterion.benchmark_group("parser");
    for (name, text) in inputs {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| parse_all(black_box(text.as_bytes()))));
    }
}

fn base64(criterion: &mut Criterion) {
    let bytes: Vec<u8> = (0..=250).cycle().take(MIB).collect();
    let mut text = Vec::new();
    Base64::encode_into(&bytes, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let broken: String =
        text.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line) + "\n").collect();
    let mut group = criterion.benchmark_group("base64");
    group.throughput(Throughput::Bytes(MIB as u64));
    group.bench_function("out", |bencher| {
        let mut line = Vec::new();
        bencher.iter(|| {
            line.clear();
            Base64::encode_into(black_box(&bytes), &mut line).unwrap();
        });
    });
    for (name, text) in [("in", &text), ("in, in lines of 76", &broken)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| Base64::decode(black_box(text.as_bytes())).into_bytes().unwrap());
        });
    }
}

fn writer(criterion: &mut Criterion) {
    let mut line = Vec::new();
    criterion.bench_function("writer/guest-ping", |bencher| {
        bencher.iter(|| {
            line.clear();
            reply::success(&mut Line { bytes: &mut line, send: None }, b"", &qga_wire::Empty {}, None)
                .unwrap();
        });
    });
    let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
    criterion.bench_function("writer/the names of all commands", |bencher| {
        bencher.iter(|| {
            line.clear();
            write(&mut line, black_box(&names)).unwrap();
        });
    });
    let content = FileContent { count: 0, buf_b64: Base64::from(vec![7; MIB]), eof: true };
    criterion.bench_function("writer/1 MiB of a file", |bencher| {
        bencher.iter(|| {
            line.clear();
            write(&mut line, black_box(&content)).unwrap();
        });
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    parser(&mut criterion);
    base64(&mut criterion);
    writer(&mut criterion);
    criterion.final_summary();
}
