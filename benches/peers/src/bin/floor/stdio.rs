//! One blocking loop: reads what there is, answers every whole line of it, and writes at the latest at 64 KiB.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Result, Write as _};

use crate::answer::Floor;

const CHUNK: usize = 64 * 1024;

pub fn serve(floor: &Floor) -> Result<()> {
    // Past the buffers of the standard library.
    let mut input = File::open("/proc/self/fd/0")?;
    let mut output = OpenOptions::new().write(true).open("/proc/self/fd/1")?;
    let (mut inbox, mut outbox) = (Vec::with_capacity(2 * CHUNK), Vec::with_capacity(2 * CHUNK));
    // Up to here the inbox has no end of a line.
    let mut searched = 0;
    loop {
        let filled = inbox.len();
        inbox.resize(filled + CHUNK, 0);
        let read = input.read(&mut inbox[filled..])?;
        inbox.truncate(filled + read);
        if read == 0 {
            return Ok(());
        }
        let mut start = 0;
        while let Some(end) = memchr::memchr(b'\n', &inbox[searched..]).map(|offset| searched + offset) {
            let mark = outbox.len();
            match floor.answer(&inbox[start..end], &mut outbox) {
                Ok(_) if outbox.len() > mark => outbox.push(b'\n'),
                Ok(_) | Err(_) => outbox.truncate(mark),
            }
            start = end + 1;
            searched = start;
            if outbox.len() >= CHUNK {
                flush(&mut output, &mut outbox)?;
            }
        }
        flush(&mut output, &mut outbox)?;
        inbox.drain(..start);
        searched = inbox.len();
    }
}

fn flush(output: &mut File, outbox: &mut Vec<u8>) -> Result<()> {
    output.write_all(outbox)?;
    outbox.clear();
    Ok(())
}
