interface Named {
  readonly name: string
}

/** The organization's MSP id: as written, or its name with `MSP` appended. */
export function mspIdOf({ name, mspId }: Named & { readonly mspId?: string | undefined }): string {
  return mspId ?? `${name}MSP`
}

/** The domain that the organization's nodes are named under. */
export function domainOf(network: Named, { name, domain }: Named & { readonly domain?: string | undefined }): string {
  return domain ?? `${name}.${network.name}.cello`.toLowerCase()
}
