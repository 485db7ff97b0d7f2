import { wireContract } from './wire-cluster.ts'

// The same promises as in src/client/embedded.test.ts, kept by a real broker, in real time.

wireContract({ version: '4.3.1', transactionVersion: 2, onlyDiffering: false, clientCases: 63, membershipCases: null })
