//! Who listens is told of changes, and of the end, which does not wait for who listens.

use std::time::Duration;

use serde_json::{Value, json};

use crate::torture::Torture;

/// Far less than the deadline of calls.
const SOON: Duration = Duration::from_millis(2500);

fn listen(server: &mut Torture, id: u64) {
    server.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "subscriptions/listen", "params": {
        "notifications": { "toolsListChanged": true },
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    }}));
    let first = server.next();
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged", "{first}");
    assert_eq!(of(&first["params"]), id, "{first}");
}

/// To which subscription something belongs.
fn of(told: &Value) -> &Value {
    &told["_meta"]["io.modelcontextprotocol/subscriptionId"]
}

#[test]
fn who_listens_is_told_of_changes_and_of_the_end() {
    for how in [Torture::close as fn(&mut Torture), |server| server.signal("TERM"), |server| server.signal("INT")] {
        let mut server = Torture::start();
        let ids = [1001, 1002];
        ids.iter().for_each(|id| listen(&mut server, *id));
        let announced = server.call("announce", json!({}));
        assert_eq!(server.text(announced), "announced");
        let told: Vec<Value> = (0..3).map(|_| server.next()).collect();
        assert!(told.iter().all(|told| told["method"] == "notifications/tools/list_changed"), "{told:?}");
        how(&mut server);
        let (status, took) = server.ended();
        assert_eq!(status.code(), Some(0), "{}", server.complaints());
        assert!(took < SOON, "{took:?}");
        let mut last = server.rest();
        last.sort_by_key(|last| last["id"].as_u64());
        assert_eq!(last.len(), 2, "{last:?}");
        for (last, id) in last.iter().zip(ids) {
            assert_eq!((&last["id"], of(&last["result"])), (&json!(id), &json!(id)), "{last}");
        }
    }
}
