import { peer } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import type { Connection } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { readAnswer } from '../read-answer.ts'
import type { Signer } from '../signer.ts'
import { askLifecycle } from './ask-lifecycle.ts'

const protos = peer.lifecycle

/** A package on a peer. It can never be uninstalled. */
export interface InstalledPackage {
  readonly packageId: string
  readonly label: string
  /** Committed definitions that use it, by channel. */
  readonly usedBy: Readonly<Record<string, readonly { readonly name: string; readonly version: string }[]>>
}

/**
 * Installs a package on a peer, which builds it at once. The signer must be an administrator of the peer's organization.
 * @returns the package id, which equals `packageId(label, bytes)`
 * @throws FabricError ALREADY_DONE when it is installed; INVALID when the build fails
 */
export async function installPackage(
  connection: Connection,
  signer: Signer,
  bytes: Uint8Array,
  options: CallOptions = {},
): Promise<string> {
  const message = new protos.InstallChaincodeArgs()
  message.setChaincodeInstallPackage(bytes)
  const request = { channel: '', name: 'InstallChaincode', message, doing: 'install a package' }
  const answer = await askLifecycle(connection, signer, request, options)
  return readAnswer(connection, request, () => decode(protos.InstallChaincodeResult, answer)).getPackageId()
}

/** The packages on a peer. @throws FabricError DENIED */
export async function installedPackages(
  connection: Connection,
  signer: Signer,
  options: CallOptions = {},
): Promise<readonly InstalledPackage[]> {
  const message = new protos.QueryInstalledChaincodesArgs()
  const request = { channel: '', name: 'QueryInstalledChaincodes', message, doing: 'list packages' }
  const answer = await askLifecycle(connection, signer, request, options)
  const found = readAnswer(connection, request, () => decode(protos.QueryInstalledChaincodesResult, answer))
  return found.getInstalledChaincodesList().map((one) => ({
    packageId: one.getPackageId(),
    label: one.getLabel(),
    usedBy: Object.fromEntries(
      one
        .getReferencesMap()
        .getEntryList()
        .map(([channel]) => {
          const contracts = one.getReferencesMap().get(channel)?.getChaincodesList() ?? []
          return [channel, contracts.map((contract) => ({ name: contract.getName(), version: contract.getVersion() }))]
        }),
    ),
  }))
}

/** The bytes of an installed package. @throws FabricError NOT_FOUND */
export async function installedPackage(
  connection: Connection,
  signer: Signer,
  packageId: string,
  options: CallOptions = {},
): Promise<Uint8Array> {
  const message = new protos.GetInstalledChaincodePackageArgs()
  message.setPackageId(packageId)
  const request = { channel: '', name: 'GetInstalledChaincodePackage', message, doing: `read package ${packageId}` }
  const answer = await askLifecycle(connection, signer, request, options)
  const found = readAnswer(connection, request, () => decode(protos.GetInstalledChaincodePackageResult, answer))
  return found.getChaincodeInstallPackage_asU8()
}
