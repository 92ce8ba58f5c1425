//! What a line costs on its way in and out: one alone, and a mebibyte of them.

use std::hint::black_box;

use chalktalk::wire::{LineReader, Request, ServerLine, Tagged};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// What clients say: short, as most is; with characters of several bytes; with something to escape.
const ASKED: [(&str, &str); 4] = [
    (
        "short",
        "SAY a message of the length that most of what is said at school has",
    ),
    (
        "tagged",
        "@17 SAY a message of the length that most of what is said at school has",
    ),
    (
        "wide",
        "SAY Grüße aus Köln, 日本語もどうぞ, и ещё немного по-русски 😀",
    ),
    (
        "escaped",
        "SAY two lines:\\none\\ntwo, a backslash \\\\ and a bell \\u{7}",
    ),
];

const SAID: &str = "SAID k3v9q2x7.123456 1763816400250 lobby anna a message of the length that most of what is said at school has";

const MEBIBYTE: usize = 1024 * 1024;

fn lines(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a line");
    group.throughput(Throughput::Elements(1));
    for (kind, line) in ASKED {
        assert!(Request::decode(line).is_ok());
        group.bench_function(format!("decode a request, {kind}"), |bencher| {
            bencher.iter(|| Request::decode(black_box(line)));
        });
    }
    group.bench_function("decode an event", |bencher| {
        bencher.iter(|| ServerLine::decode(black_box(SAID)));
    });
    let Tagged { body, .. } = ServerLine::decode(SAID).unwrap();
    let mut out = Vec::new();
    group.bench_function("encode an event", |bencher| {
        bencher.iter(|| {
            out.clear();
            black_box(&body).encode(None, &mut out);
        });
    });
    group.finish();
}

/// The same line over and over, as a mebibyte.
fn mebibyte(line: &str) -> Vec<u8> {
    let line = format!("{line}\n");
    line.repeat(MEBIBYTE / line.len() + 1).into_bytes()
}

fn mebibytes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a mebibyte");
    group.sample_size(20);
    for (kind, line) in ASKED {
        let bytes = mebibyte(line);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        let read = |each: fn(&str) -> bool| {
            let mut reader = LineReader::default();
            let mut right = 0;
            reader.push(&bytes, |line| right += usize::from(line.is_ok_and(each)));
            right
        };
        let all = bytes.len() / (line.len() + 1);
        assert_eq!(read(|line| Request::decode(line).is_ok()), all);
        group.bench_function(format!("cut into lines, {kind}"), |bencher| {
            bencher.iter(|| read(|line| !line.is_empty()));
        });
        group.bench_function(format!("cut and decode, {kind}"), |bencher| {
            bencher.iter(|| read(|line| Request::decode(line).is_ok()));
        });
    }
    let bytes = mebibyte(SAID);
    let Tagged { body, .. } = ServerLine::decode(SAID).unwrap();
    let mut out = Vec::with_capacity(bytes.len());
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("encode events", |bencher| {
        bencher.iter(|| {
            out.clear();
            while out.len() < bytes.len() {
                black_box(&body).encode(None, &mut out);
            }
        });
    });
    assert_eq!(out, bytes);
    group.finish();
}

criterion_group!(wire, lines, mebibytes);
criterion_main!(wire);
