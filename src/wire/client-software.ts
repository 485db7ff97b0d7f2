/** How a client introduces itself to a broker (KIP-511). The version is that of the package. */
export const clientSoftware = { clientSoftwareName: 'millrace', clientSoftwareVersion: '0.1.0' } as const
