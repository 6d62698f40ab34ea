//! How many tasks there may be, how long they are kept, where, and what becomes of them when the server ends.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::{MemoryTasks, StoreError, TaskRecord, TaskStore, Tasks};
use serde_json::json;

use crate::common::{Wire, run};
use crate::fixture::{Set, Teller};

#[test]
fn only_so_many_are_at_work() {
    run(async {
        let set = Set::new();
        let mut teller = set.open_with(Tasks::new().most(2));
        let (first, second) = (teller.start("waits").await, teller.start("waits").await);
        let busy = json!({
            "code": -32603, "message": "the server is busy: 2 tasks are at work; try again later",
        });
        assert_eq!(teller.call("waits", json!({})).await["error"], busy);
        assert_eq!(teller.call("quick", json!({ "number": 1 })).await["error"], busy);
        teller.cancel(&first).await;
        let third = loop {
            let created = teller.call("waits", json!({})).await;
            if let Some(id) = created["result"]["taskId"].as_str() {
                break id.to_owned();
            }
        };
        set.door.0.add_permits(2);
        for id in [second, third] {
            teller.until(&id, "completed").await;
        }
        for number in 0..100 {
            let id = teller.start_with("quick", json!({ "number": number })).await;
            teller.until(&id, "completed").await;
        }
    });
}

#[test]
fn a_task_is_gone_when_its_time_is_over() {
    run(async {
        let tasks = Tasks::new().timeout(Duration::from_millis(100)).kept(Duration::from_millis(100));
        let mut teller = Set::new().open_with(tasks.poll_interval(Duration::from_millis(10)));
        let created = teller.call("quick", json!({ "number": 1 })).await["result"].clone();
        assert_eq!((&created["ttlMs"], &created["pollIntervalMs"]), (&json!(200), &json!(10)));
        let id = created["taskId"].as_str().unwrap();
        teller.until(id, "completed").await;
        tokio::time::sleep(Duration::from_millis(250)).await;
        assert_eq!(teller.get(id).await["error"]["code"], -32602);
        assert_eq!(teller.cancel(id).await["error"]["code"], -32602);
    });
}

/// (`Server::answer_time`.)
#[test]
fn a_question_stands_only_so_long() {
    run(async {
        for (time, ends) in [(10_000, "input_required"), (500, "completed")] {
            let server = Set::new().server(Tasks::new()).answer_time(Duration::from_millis(time));
            let mut teller = Teller(Wire::open(server));
            let id = teller.start("asks_or_not").await;
            teller.until(&id, "input_required").await;
            tokio::time::sleep(Duration::from_millis(800)).await;
            let task = teller.until(&id, ends).await;
            let said = task["result"]["content"][0]["text"].as_str();
            assert_eq!(said, (time == 500).then_some("Late"), "{task}");
        }
    });
}

#[test]
fn results_take_only_so_much_room() {
    run(async {
        let mut teller = Set::new().open_with(Tasks::new().store(MemoryTasks::new().bytes(3000)));
        let mut ids = Vec::new();
        for number in 0..20 {
            let id = teller.start_with("quick", json!({ "number": number })).await;
            teller.until(&id, "completed").await;
            ids.push(id);
        }
        let mut kept = 0;
        for id in &ids {
            kept += usize::from(teller.get(id).await["result"].is_object());
        }
        assert!((1..=5).contains(&kept), "{kept} are kept");
        assert!(teller.get(&ids[19]).await["result"].is_object(), "the latest is");
    });
}

/// A store that outlives its server, and tells what it saw.
#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<Vec<TaskRecord>>>);

impl TaskStore for Shared {
    async fn keep(&self, record: TaskRecord) -> Result<(), StoreError> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.0.lock().unwrap().push(record);
        Ok(())
    }

    async fn find(&self, id: &str) -> Result<Option<TaskRecord>, StoreError> {
        Ok(self.0.lock().unwrap().iter().rfind(|record| record.id == id).cloned())
    }
}

impl Shared {
    fn tasks(&self) -> Tasks {
        Tasks::new().store(self.clone())
    }

    fn statuses(&self) -> Vec<String> {
        let records = self.0.lock().unwrap();
        let status =
            |record: &TaskRecord| serde_json::from_str::<serde_json::Value>(&record.json).unwrap()["status"].clone();
        records.iter().map(|record| status(record).as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_shared_store_tells_other_processes() {
    run(async {
        let (store, here, there) = (Shared::default(), Set::new(), Set::new());
        let (mut here, mut there) = (here.open_with(store.tasks()), there.open_with(store.tasks()));
        let id = here.start("asks").await;
        assert_eq!(there.get(&id).await["result"]["taskId"], *id, "as soon as it is told of");
        assert_eq!(there.until(&id, "input_required").await["inputRequests"]["sure"]["method"], "elicitation/create");
        let elsewhere = json!({ "code": -32603, "message": "this task does not run in this process" });
        assert_eq!(there.answer(&id, json!({})).await["error"], elsewhere);
        assert_eq!(there.cancel(&id).await["error"], elsewhere);
        assert_eq!(there.listen(&[&id]).await, json!({ "taskIds": [] }), "its changes are not heard there");
        here.answer(&id, json!({ "sure": { "action": "decline" } })).await;
        there.until(&id, "completed").await;
        assert_eq!(there.cancel(&id).await["result"]["resultType"], "complete");
        let done = here.get(&id).await["result"].clone();
        here.0.close().await;
        there.0.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"listen"}}"#).await;
        assert_eq!(there.listen(&[&id]).await, json!({ "taskIds": [id] }));
        assert_eq!(there.told().await["status"], "completed", "how it ended is");
        assert_eq!(there.get(&id).await["result"], done, "it outlives its process");
        let statuses = store.statuses();
        assert_eq!((statuses.first().unwrap(), statuses.last().unwrap()), (&"working".into(), &"completed".into()));
        assert_eq!(statuses.iter().filter(|status| *status == "completed").count(), 1, "{statuses:?}");
    });
}

#[test]
fn a_server_that_ends_ends_its_tasks() {
    run(async {
        let (store, set) = (Shared::default(), Set::new());
        let mut teller = set.open_with(store.tasks());
        let id = teller.start("waits").await;
        while set.stage.working() == 0 {
            tokio::task::yield_now().await;
        }
        teller.0.close().await;
        assert_eq!(set.stage.working(), 0);
        let failed = Set::new().open_with(store.tasks()).get(&id).await["result"].clone();
        assert_eq!(failed["status"], "failed", "{failed}");
        assert_eq!(failed["error"]["message"], "the server has shut down");
    });
}

#[test]
fn a_task_may_finish_while_the_server_ends() {
    run(async {
        let (store, set) = (Shared::default(), Set::new());
        let mut teller = set.open_with(store.tasks());
        let id = teller.start("waits").await;
        set.door.0.add_permits(1);
        teller.0.close().await;
        let done = Set::new().open_with(store.tasks()).get(&id).await["result"].clone();
        assert_eq!(done["status"], "completed", "{done}");
    });
}

/// A store that does not work at first.
#[derive(Debug)]
struct Broken {
    store: MemoryTasks,
    failures: AtomicUsize,
    panics: bool,
}

impl Broken {
    fn new(failures: usize, panics: bool) -> Self {
        Self { store: MemoryTasks::default(), failures: AtomicUsize::new(failures), panics }
    }
}

impl TaskStore for Broken {
    async fn keep(&self, record: TaskRecord) -> Result<(), StoreError> {
        let fails = self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        assert!(!(fails && self.panics), "on purpose");
        if fails {
            return Err("the disk is full".into());
        }
        self.store.keep(record).await
    }

    async fn find(&self, id: &str) -> Result<Option<TaskRecord>, StoreError> {
        self.store.find(id).await
    }
}

#[test]
fn a_store_that_fails_is_not_the_end() {
    run(async {
        let internal = json!({ "code": -32603, "message": "internal error" });
        for panics in [false, true] {
            let mut teller = Set::new().open_with(Tasks::new().most(1).store(Broken::new(1, panics)));
            assert_eq!(teller.call("quick", json!({ "number": 1 })).await["error"], internal);
            let id = teller.start_with("quick", json!({ "number": 1 })).await;
            teller.until(&id, "completed").await;
        }
    });
}

#[test]
fn how_a_task_ended_is_kept_as_soon_as_the_store_can() {
    run(async {
        let store = Arc::new(Late::default());
        let (set, tasks) = (Set::new(), Tasks::new().store(store.clone()));
        let mut teller = set.open_with(tasks);
        let id = teller.start("waits").await;
        store.fails.store(true, Ordering::SeqCst);
        set.door.0.add_permits(1);
        teller.until(&id, "completed").await;
        assert!(!store.record().ended);
        store.fails.store(false, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(1200)).await;
        assert!(store.record().ended);
    });
}

/// A store for one record that fails when it is told to.
#[derive(Debug, Default)]
struct Late {
    fails: AtomicBool,
    record: Mutex<Option<TaskRecord>>,
}

impl Late {
    fn record(&self) -> TaskRecord {
        self.record.lock().unwrap().clone().unwrap()
    }
}

impl TaskStore for Late {
    async fn keep(&self, record: TaskRecord) -> Result<(), StoreError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err("not now".into());
        }
        *self.record.lock().unwrap() = Some(record);
        Ok(())
    }

    async fn find(&self, _: &str) -> Result<Option<TaskRecord>, StoreError> {
        Ok(self.record.lock().unwrap().clone())
    }
}
