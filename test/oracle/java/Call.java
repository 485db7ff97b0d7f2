package oracle;

/** An operator of a scenario. What it does not ask {@code o} for is refused. */
record Call(Plan plan, String id, Options o, Flow from) { }
