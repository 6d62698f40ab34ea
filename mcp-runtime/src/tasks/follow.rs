//! The tasks that one client follows: each is told as it is now, and after each change until it has ended.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use super::live::Course;
use super::{Missing, Roster, TaskRecord};
use crate::voice::Voice;

/// Tasks that a client follows. Its size does not depend on what they do: what changes before it is told is told once.
pub(crate) struct Following {
    roster: Arc<Roster>,
    owner: Option<String>,
    /// Those that may have something to tell, now or later. Who was told last stands last.
    tasks: VecDeque<Followed>,
}

enum Followed {
    Live(Course),
    /// It had ended before.
    Ended(String),
}

impl Following {
    /// Those of these tasks that belong to who asks.
    pub(crate) async fn of(roster: Arc<Roster>, owner: Option<String>, ids: &[String]) -> Result<Self, Missing> {
        let mut following = Self { roster, owner, tasks: VecDeque::new() };
        for id in ids {
            following.follow(id).await?;
        }
        Ok(following)
    }

    async fn follow(&mut self, id: &str) -> Result<(), Missing> {
        if self.ids().any(|known| known == id) {
            return Ok(());
        }
        match self.roster.at_work(id, self.owner.as_deref()).await {
            Ok(Some(live)) => self.tasks.push_back(Followed::Live(live.course())),
            Ok(None) => self.tasks.push_back(Followed::Ended(id.to_owned())),
            // What changes elsewhere is not heard of here.
            Err(Missing::Unknown | Missing::Elsewhere) => {}
            Err(Missing::Store(error)) => return Err(Missing::Store(error)),
        }
        Ok(())
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.tasks.iter().map(|task| match task {
            Followed::Live(course) => course.id(),
            Followed::Ended(id) => id,
        })
    }

    /// Waits until there is something to tell. Nothing is lost if the wait is given up.
    pub(crate) async fn change(&mut self) {
        let mut waits: Vec<_> = self.tasks.iter_mut().map(|task| Box::pin(task.change())).collect();
        poll_fn(|cx| match waits.iter_mut().any(|wait| wait.as_mut().poll(cx).is_ready()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }

    /// Tells what has changed since the last time, as long as there is room for it; the rest is still to be told.
    pub(crate) async fn tell(
        &mut self,
        voice: &Voice,
        message: impl Fn(&TaskRecord) -> Vec<u8>,
    ) -> Result<(), Missing> {
        for _ in 0..self.tasks.len() {
            if voice.has_room()
                && let Some(task) = self.tasks.pop_front()
                && let Some(record) = self.told(task).await?
            {
                voice.say(message(&record));
            }
        }
        Ok(())
    }

    /// What is new. Who may have more to tell stands last again.
    async fn told(&mut self, task: Followed) -> Result<Option<TaskRecord>, Missing> {
        match task {
            Followed::Live(mut course) => {
                let record = course.take();
                if !course.has_ended() {
                    self.tasks.push_back(Followed::Live(course));
                }
                Ok(record)
            }
            Followed::Ended(id) => match self.roster.find(&id, self.owner.as_deref()).await {
                Ok(record) => Ok(Some(record)),
                // It has expired meanwhile.
                Err(Missing::Unknown | Missing::Elsewhere) => Ok(None),
                Err(Missing::Store(error)) => Err(Missing::Store(error)),
            },
        }
    }
}

impl Followed {
    async fn change(&mut self) {
        match self {
            Self::Live(course) => course.change().await,
            Self::Ended(_) => {}
        }
    }
}

impl fmt::Debug for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::tasks::{End, Live, Place, Tasks};
    use crate::voice::{Ear, told};

    async fn task(roster: &Arc<Roster>) -> (Arc<Live>, Place) {
        let live = roster.call(None, None).unwrap();
        let leaving = live.clone();
        let left = async move {
            loop {
                match leaving.leaves() {
                    Some(left) => return left.unwrap(),
                    None => tokio::task::yield_now().await,
                }
            }
        };
        let ((), place) = tokio::join!(live.begin(), left);
        (live, place)
    }

    async fn say(following: &mut Following, voice: &Voice) {
        following.tell(voice, |record| format!(r#"{{"params":{}}}"#, record.json).into_bytes()).await.unwrap();
    }

    fn messages(ear: &mut Ear) -> Vec<String> {
        told(ear).iter().map(|task| format!("{} {}", task["status"], task["statusMessage"])).collect()
    }

    #[tokio::test]
    async fn a_client_that_reads_slowly_hears_of_the_last_change_alone() {
        let roster = Roster::new(Tasks::new());
        let [(first, _one), (second, _two)] = [task(&roster).await, task(&roster).await];
        let ids = [first.id.clone(), second.id.clone()];
        let mut following = Following::of(roster, None, &ids).await.unwrap();
        let (voice, mut ear) = Voice::new();
        say(&mut following, &voice).await;
        assert_eq!(messages(&mut ear), ["\"working\" null", "\"working\" null"]);
        voice.say(format!(r#"{{"params":"{}"}}"#, "x".repeat(100_000)).into_bytes());
        for step in 0..1000 {
            first.say(format!("step {step}"));
            timeout(Duration::from_secs(1), following.change()).await.expect("it has changed");
            say(&mut following, &voice).await;
        }
        second.end(End::Cancelled);
        assert_eq!(told(&mut ear).len(), 1, "there is no room");
        say(&mut following, &voice).await;
        assert_eq!(messages(&mut ear), [r#""working" "step 999""#, r#""cancelled" null"#]);
        assert_eq!(following.ids().collect::<Vec<_>>(), [&first.id], "the other one will not change any more");
        timeout(Duration::from_millis(10), following.change()).await.expect_err("all is told");
    }

    #[tokio::test]
    async fn who_is_loud_does_not_silence_the_others() {
        let roster = Roster::new(Tasks::new());
        let [(loud, _one), (quiet, _two)] = [task(&roster).await, task(&roster).await];
        let mut following = Following::of(roster, None, &[loud.id.clone(), quiet.id.clone()]).await.unwrap();
        let (voice, mut ear) = Voice::new();
        quiet.say("here".into());
        loud.say("x".repeat(100_000));
        say(&mut following, &voice).await;
        loud.say("y".repeat(100_000));
        assert_eq!(told(&mut ear).len(), 1, "there was no room for more");
        say(&mut following, &voice).await;
        assert!(messages(&mut ear).contains(&r#""working" "here""#.to_owned()));
    }
}
