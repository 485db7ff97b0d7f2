import type { ContractCase } from './contract.ts'
export function fetchCases(_check: ContractCase): void {}
