use std::time::{Duration, SystemTime};

use super::{MemoryTasks, TaskRecord, TaskStore as _, size};

fn record(id: &str, left: Duration, json: String) -> TaskRecord {
    TaskRecord { id: id.into(), owner: None, expires: SystemTime::now() + left, ended: true, json }
}

const HOUR: Duration = Duration::from_secs(3600);

async fn has(store: &MemoryTasks, id: &str) -> bool {
    store.find(id).await.unwrap().is_some()
}

#[tokio::test(start_paused = true)]
async fn what_has_expired_takes_no_room() {
    let store = MemoryTasks::default();
    for (id, hours) in [("a", 3), ("b", 1), ("c", 2)] {
        store.keep(record(id, HOUR * hours, "x".repeat(100))).await.unwrap();
    }
    tokio::time::advance(HOUR + Duration::from_secs(60)).await;
    assert!(has(&store, "a").await && !has(&store, "b").await && has(&store, "c").await);
    assert_eq!(store.memory().order.len(), 2);
    tokio::time::advance(HOUR * 2).await;
    let memory = store.memory();
    assert!(memory.records.is_empty() && memory.order.is_empty() && memory.bytes == 0);
}

#[tokio::test]
async fn a_record_takes_the_place_of_the_one_before() {
    let store = MemoryTasks::default();
    for json in ["{}", "{\"a\":1}"] {
        store.keep(record("a", HOUR, json.into())).await.unwrap();
    }
    assert_eq!(store.find("a").await.unwrap().unwrap().json, "{\"a\":1}");
    let memory = store.memory();
    assert_eq!((memory.records.len(), memory.order.len()), (1, 1));
    assert_eq!(memory.bytes, size(&record("a", HOUR, "{\"a\":1}".into())));
}

#[tokio::test]
async fn what_is_kept_is_bounded_in_bytes() {
    let records = || ["a", "b"].map(|id| record(id, HOUR, "x".repeat(1000)));
    let both: usize = records().iter().map(size).sum();
    for (most, count) in [(both, 2), (both - 1, 1)] {
        let store = MemoryTasks::new().bytes(most);
        for record in records() {
            store.keep(record).await.unwrap();
        }
        assert_eq!(store.memory().records.len(), count, "{most} bytes for {both}");
    }
}

#[tokio::test]
async fn what_is_kept_is_bounded_and_the_first_to_expire_goes() {
    let store = MemoryTasks::new().bytes(3000);
    for (id, hours) in [("a", 3), ("b", 1), ("c", 2)] {
        store.keep(record(id, HOUR * hours, "x".repeat(1000))).await.unwrap();
    }
    assert!(has(&store, "a").await && !has(&store, "b").await && has(&store, "c").await);
    store.keep(record("large", HOUR * 4, "x".repeat(10_000))).await.unwrap();
    assert!(has(&store, "large").await && store.memory().records.len() == 1, "it is kept alone");
    for number in 0..10_000 {
        store.keep(record(&number.to_string(), HOUR, "x".repeat(500))).await.unwrap();
        assert!(store.memory().records.len() <= 4, "{number}");
    }
}
