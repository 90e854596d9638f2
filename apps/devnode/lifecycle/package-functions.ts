/** Functions of `_lifecycle` that concern the peer's packages. */
import { peer } from '@hyperledger/fabric-protos'
import { decodeArgs, type LifecycleFunction, type LifecycleParts } from './parts.ts'
import { type Reference, referencesOf } from './running.ts'

const protos = peer.lifecycle

export const packageFunctions: Readonly<Record<string, LifecycleFunction>> = {
  InstallChaincode: install,
  QueryInstalledChaincode: queryInstalled,
  QueryInstalledChaincodes: queryAllInstalled,
  GetInstalledChaincodePackage: getPackage,
}

async function install({ packages }: LifecycleParts, input: Uint8Array): Promise<Uint8Array> {
  const args = decodeArgs(protos.InstallChaincodeArgs, 'InstallChaincode', input)
  const installed = await packages.install(args.getChaincodeInstallPackage_asU8())
  const result = new protos.InstallChaincodeResult()
  result.setPackageId(installed.id)
  result.setLabel(installed.label)
  return result.serializeBinary()
}

function queryInstalled(parts: LifecycleParts, input: Uint8Array): Uint8Array {
  const id = decodeArgs(protos.QueryInstalledChaincodeArgs, 'QueryInstalledChaincode', input).getPackageId()
  const installed = parts.packages.get(id)
  if (!installed) throw new Error(`could not find chaincode with package id '${id}'`)
  const result = new protos.QueryInstalledChaincodeResult()
  result.setPackageId(id)
  result.setLabel(installed.label)
  for (const [channel, contracts] of referencesOf(parts.channels(), parts.standings, id)) {
    const references = new protos.QueryInstalledChaincodeResult.References()
    references.setChaincodesList(
      contracts.map((it) => filled(new protos.QueryInstalledChaincodeResult.Chaincode(), it)),
    )
    result.getReferencesMap().set(channel, references)
  }
  return result.serializeBinary()
}

function queryAllInstalled(parts: LifecycleParts, input: Uint8Array): Uint8Array {
  decodeArgs(protos.QueryInstalledChaincodesArgs, 'QueryInstalledChaincodes', input)
  const { InstalledChaincode, References, Chaincode } = protos.QueryInstalledChaincodesResult
  const result = new protos.QueryInstalledChaincodesResult()
  for (const { id, label } of parts.packages.list()) {
    const installed = new InstalledChaincode()
    installed.setPackageId(id)
    installed.setLabel(label)
    for (const [channel, contracts] of referencesOf(parts.channels(), parts.standings, id)) {
      const references = new References()
      references.setChaincodesList(contracts.map((it) => filled(new Chaincode(), it)))
      installed.getReferencesMap().set(channel, references)
    }
    result.addInstalledChaincodes(installed)
  }
  return result.serializeBinary()
}

async function getPackage({ packages }: LifecycleParts, input: Uint8Array): Promise<Uint8Array> {
  const args = decodeArgs(protos.GetInstalledChaincodePackageArgs, 'GetInstalledChaincodePackage', input)
  const result = new protos.GetInstalledChaincodePackageResult()
  result.setChaincodeInstallPackage(await packages.load(args.getPackageId()))
  return result.serializeBinary()
}

function filled<M extends { setName(value: string): void; setVersion(value: string): void }>(
  message: M,
  { name, version }: Reference,
): M {
  message.setName(name)
  message.setVersion(version)
  return message
}
