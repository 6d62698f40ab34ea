"""What the suite asks for and the server does not have yet."""

# Scenarios, and the checks of them that cannot succeed yet. All their other checks must succeed, and a check that does
# succeed has to leave the list, so that it can only shrink.
WAITING = {
    # Tasks that tell by themselves how they are.
    "tasks-status-notifications": set(),
}

# Those of them in which nothing may fail although what they wait for is missing; that means nothing, and does not count.
BY_ACCIDENT = {
    # The suite skips it whatever the server does.
    "tasks-status-notifications",
}
