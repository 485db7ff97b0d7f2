import { wireContract } from './wire-cluster.ts'

// What the client does otherwise with this release than with 4.3.1; all of the contract is in test/contract.

wireContract({ version: '3.6.2', transactionVersion: 1, onlyDiffering: true, clientCases: 36, membershipCases: 2 })
