import { sha256Hex, stableJson } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { ContractPackage, ContractPackageRequest } from '@cello/ports'

/** As in Fabric: an id is the label and the digest of the package's bytes. */
export function packContract({ label, address, metadata = {} }: ContractPackageRequest): ContractPackage {
  const text = stableJson({ label, address, metadata })
  return { id: `${label}:${sha256Hex(text)}`, label, bytes: new TextEncoder().encode(text) }
}

/** Where the contract answers. @throws LEDGER_REFUSED when the bytes are no package of the fake ledger. */
export function addressInPackage(bytes: Uint8Array): string {
  try {
    const content: { readonly address: string } = JSON.parse(new TextDecoder().decode(bytes))
    return content.address
  } catch (error) {
    throw new PlatformError('LEDGER_REFUSED', { detail: 'the package cannot be read' }, { cause: error })
  }
}
