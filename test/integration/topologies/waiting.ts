// A module that waits before it exports its topology.
await Promise.resolve()
// oxlint-disable-next-line import/no-default-export -- what the module of a topology has
export default 1
