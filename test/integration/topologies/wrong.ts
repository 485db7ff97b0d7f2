// A module that exports no topology.
export const topology = 1
