import { wireContract } from '../integration/wire-cluster.ts'

// All of the contract on this release, in real time; what differs from 4.3.1 is in test/integration.

wireContract({ version: '3.9.2', transactionVersion: 1, onlyDiffering: false, clientCases: 63, membershipCases: 10 })
