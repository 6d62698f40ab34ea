//! Pipes, opened anew so that not blocking is our affair alone.
//!
//! `O_NONBLOCK` belongs to the open file description, which is shared with the parent, and perhaps with its terminal or its
//! log. Linux gives every descriptor a path, and opening a pipe through it makes a description of our own. That fails
//! without `/proc`, or where the pipe belongs to another user. Elsewhere such a path, if there is one, leads to the same
//! description, so nothing is opened.

pub(super) use platform::{receiver, sender};

#[cfg(any(target_os = "linux", target_os = "android"))]
mod platform {
    use std::os::fd::{AsRawFd, OwnedFd};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use tokio::net::unix::pipe::{OpenOptions, Receiver, Sender};

    pub(crate) fn receiver(fd: &OwnedFd) -> Option<Receiver> {
        let own = OpenOptions::new().open_receiver(path(fd)).ok()?;
        (!writers_are_gone(fd)).then_some(own)
    }

    pub(crate) fn sender(fd: &OwnedFd) -> Option<Sender> {
        OpenOptions::new().open_sender(path(fd)).ok()
    }

    fn path(fd: &OwnedFd) -> String {
        format!("/proc/self/fd/{}", fd.as_raw_fd())
    }

    /// A named pipe that is opened after its last writer left waits for a next one and never reports the end. Asked after
    /// opening, so that no writer can leave unseen in between. A pipe without writers does not block: a thread can read it.
    fn writers_are_gone(fd: &OwnedFd) -> bool {
        let mut asked = [PollFd::new(fd, PollFlags::IN)];
        let known = poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok();
        let [asked] = asked;
        !known || asked.revents().contains(PollFlags::HUP)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod platform {
    use std::os::fd::OwnedFd;

    use tokio::net::unix::pipe::{Receiver, Sender};

    pub(crate) fn receiver(_: &OwnedFd) -> Option<Receiver> {
        None
    }

    pub(crate) fn sender(_: &OwnedFd) -> Option<Sender> {
        None
    }
}
