"""What the suite asks for and the server does not have yet."""

# Scenarios, and the checks of them that cannot succeed yet. All their other checks must succeed, and a check that does
# succeed has to leave the list, so that it can only shrink.
WAITING = {
    # Tasks, which are not scored.
    "tasks-lifecycle": {
        "tasks-sync-tool-call",
        "sep-2663-result-type-task-on-create",
        "sep-2663-tasks-get-status-working",
        "sep-2663-tasks-get-status-completed",
        "sep-2663-tool-error-uses-completed-status",
        "sep-2663-tasks-get-status-failed",
        "sep-2663-cancel-ack-empty-result",
        "tasks-cancel-terminal-idempotent-ack",
    },
    "tasks-capability-negotiation": {
        "tasks-extension-advertised",
        "sep-2663-tasks-methods-non-declaring",
        "sep-2663-server-rejects-undeclared-client",
        "tasks-per-request-meta-opt-in",
    },
    "tasks-wire-fields": {
        "tasks-wire-field-renames",
        "tasks-no-early-ttl-expiry",
        "tasks-no-related-task-meta-on-inlined-result",
    },
    "tasks-request-state-removal": {"tasks-request-state-removal-setup"},
    "tasks-mrtr-input": {
        "sep-2663-tasks-get-status-input-required",
        "tasks-mrtr-tasks-update-resumes",
        "tasks-mrtr-partial-fulfillment",
    },
    "tasks-request-headers": {
        "tasks-headers-tolerate-mcp-method-on-tools-call",
        "sep-2663-routing-headers-accepted-on-tasks-get",
        "sep-2663-server-rejects-mismatched-mcp-name-on-tasks-get",
    },
    "tasks-dispatch-and-envelope": {
        "tasks-server-directed-creation-no-hint",
        "sep-2663-legacy-task-param-ignored",
        "tasks-immediate-result-shortcut",
        "tasks-result-type-complete-on-non-task-responses",
        "sep-2663-durable-create-strong-consistency",
        "sep-2663-tasks-get-invalid-task-id-32602",
    },
    "tasks-status-notifications": set(),
    "tasks-required-task-error": {"sep-2663-server-returns-missing-capability-when-required"},
    "tasks-mrtr-composition": {"sep-2663-mrtr-synchronous-before-task-creation"},
}

# Those of them in which nothing may fail although what they wait for is missing; that means nothing, and does not count.
BY_ACCIDENT = {
    # The suite skips it whatever the server does.
    "tasks-status-notifications",
}
