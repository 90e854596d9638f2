import { packageContract as pack } from '@cello/fabric/lifecycle'
import type { ContractPackage, ContractPackageRequest } from '@cello/ports'
import { translated } from './errors.ts'

export function packageContract({ label, address, metadata = {} }: ContractPackageRequest): Promise<ContractPackage> {
  return translated(async () => {
    const files = Object.fromEntries(Object.entries(metadata).map(([path, text]) => [path, Buffer.from(text)]))
    const { packageId, bytes } = await pack({ label, service: { address }, metadata: files })
    return { id: packageId, label, bytes }
  })
}
