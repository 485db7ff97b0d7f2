import type { ContractCase } from './contract.ts'
export function transactionCases(_check: ContractCase): void {}
