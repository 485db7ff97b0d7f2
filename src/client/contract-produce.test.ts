import type { ContractCase } from './contract.ts'
export function produceCases(_check: ContractCase): void {}
