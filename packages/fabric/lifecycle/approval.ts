import { peer } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import type { Connection } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import { type Commit, commitOf } from '../gateway/commit.ts'
import { type SubmitOptions, submitAndWait } from '../gateway/submit.ts'
import { type EndorsementOptions, endorseTransaction, type SignedTransaction } from '../peers/endorsement.ts'
import { readAnswer } from '../read-answer.ts'
import type { Signer } from '../signer.ts'
import { askLifecycle, lifecycleContract } from './ask-lifecycle.ts'
import { type ContractDefinition, fillDefinition, readDefinition } from './definition.ts'

const protos = peer.lifecycle

export interface ApprovalInput {
  readonly channel: string
  readonly definition: ContractDefinition
  /** The package that this organization's peers run; absent: they will not endorse. */
  readonly packageId?: string
}

/**
 * Makes and signs the transaction by which the signer's organization approves a definition. Nothing is ordered yet: keep
 * it, then `submitAndWait` or `resume` it.
 *
 * What is approved is private data of the organization. Its other peers get it from this one by gossip, if they have met
 * by then; a peer that lacks it when the block comes waits for a second at least before it asks again (Fabric's
 * pullRetrySleepInterval). Give `alsoAt` the organization's other peers and they have it from the start.
 * @param connection a peer of the signer's organization; the signer is its administrator
 * @throws FabricError ALREADY_DONE when this very definition is approved; CONFLICT for a sequence that is past or too far
 */
export async function prepareApproval(
  connection: Connection,
  signer: Signer,
  input: ApprovalInput,
  options: EndorsementOptions = {},
): Promise<SignedTransaction> {
  const message = fillDefinition(new protos.ApproveChaincodeDefinitionForMyOrgArgs(), input.definition)
  message.setSource(sourceOf(input.packageId))
  const invocation = {
    channel: input.channel,
    contract: lifecycleContract,
    args: ['ApproveChaincodeDefinitionForMyOrg', message.serializeBinary()],
    doing: `approve ${input.definition.name}`,
  }
  return endorseTransaction([connection], signer, invocation, options)
}

function sourceOf(packageId: string | undefined): peer.lifecycle.ChaincodeSource {
  const source = new protos.ChaincodeSource()
  if (packageId === undefined) {
    source.setUnavailable(new protos.ChaincodeSource.Unavailable())
    return source
  }
  const local = new protos.ChaincodeSource.Local()
  local.setPackageId(packageId)
  source.setLocalPackage(local)
  return source
}

/** One organization's part in an approval. */
export interface Approver {
  readonly connection: Connection
  readonly signer: Signer
  readonly packageId?: string
}

export interface ApproveTogetherOptions extends SubmitOptions {
  /** Awaited with all signed transactions before the first is sent. */
  readonly journal?: (transactions: readonly SignedTransaction[]) => void | Promise<void>
}

/**
 * Has several organizations approve one definition. All approvals go out at once and usually share a block; each is
 * waited for at every approver's peer, so that a commit can follow at once. May be run again.
 * @returns the commits of the approvals that were not there already
 * @throws FabricError of the first that fails; see `prepareApproval` and `submitAndWait`
 */
export async function approveTogether(
  approvers: readonly Approver[],
  what: { readonly channel: string; readonly definition: ContractDefinition },
  options: ApproveTogetherOptions = {},
): Promise<readonly Commit[]> {
  const prepared = await Promise.all(approvers.map((approver) => prepareUnlessDone(approver, what, options)))
  const missing = prepared.flatMap((one) => one ?? [])
  await options.journal?.(missing.map(({ transaction }) => transaction))
  return Promise.all(
    missing.map(async ({ approver, transaction }) => {
      const [commit] = await Promise.all([
        submitAndWait(approver.connection, approver.signer, transaction, options),
        ...approvers.map((other) => commitOf(other.connection, other.signer, transaction, options)),
      ])
      return commit
    }),
  )
}

async function prepareUnlessDone(
  approver: Approver,
  what: { readonly channel: string; readonly definition: ContractDefinition },
  options: CallOptions,
): Promise<{ readonly approver: Approver; readonly transaction: SignedTransaction } | undefined> {
  const { connection, signer, packageId } = approver
  try {
    const input = packageId === undefined ? what : { ...what, packageId }
    return { approver, transaction: await prepareApproval(connection, signer, input, options) }
  } catch (error) {
    if (error instanceof FabricError && error.code === 'ALREADY_DONE') return undefined
    throw error
  }
}

/** Who has approved a definition, by MSP id. */
export interface CommitReadiness {
  /** Whether an organization has approved exactly this definition. */
  readonly approvals: Readonly<Record<string, boolean>>
  /**
   * What differs in what an organization approved for this sequence, in Fabric's words; one that approved nothing differs in
   * `ChaincodeParameters`. Of Fabric 2.5, which does not say, empty.
   */
  readonly mismatches: Readonly<Record<string, readonly string[]>>
}

/** Which organizations have approved exactly this definition. @throws FabricError CONFLICT for a past or far sequence */
export async function commitReadiness(
  connection: Connection,
  signer: Signer,
  what: { readonly channel: string; readonly definition: ContractDefinition },
  options: CallOptions = {},
): Promise<CommitReadiness> {
  const message = fillDefinition(new protos.CheckCommitReadinessArgs(), what.definition)
  const request = {
    channel: what.channel,
    name: 'CheckCommitReadiness',
    message,
    doing: `check readiness of ${what.definition.name}`,
  }
  const answer = await askLifecycle(connection, signer, request, options)
  const found = readAnswer(connection, request, () => decode(protos.CheckCommitReadinessResult, answer))
  const mismatches = found.getMismatchesMap()
  return {
    approvals: Object.fromEntries(found.getApprovalsMap().getEntryList()),
    mismatches: Object.fromEntries(
      mismatches.getEntryList().map(([mspId]) => [mspId, mismatches.get(mspId)?.getItemsList() ?? []]),
    ),
  }
}

/** What an organization has approved. */
export interface ApprovedDefinition {
  readonly definition: Required<ContractDefinition>
  /** Absent: approved without a package. */
  readonly packageId?: string
}

/** What the peer's own organization has approved; without `sequence`: its latest. @throws FabricError NOT_FOUND, INVALID */
export async function approvedDefinition(
  connection: Connection,
  signer: Signer,
  of: { readonly channel: string; readonly name: string; readonly sequence?: number },
  options: CallOptions = {},
): Promise<ApprovedDefinition> {
  const message = new protos.QueryApprovedChaincodeDefinitionArgs()
  message.setName(of.name)
  message.setSequence(of.sequence ?? 0)
  const request = {
    channel: of.channel,
    name: 'QueryApprovedChaincodeDefinition',
    message,
    doing: `read the approval of ${of.name}`,
  }
  const answer = await askLifecycle(connection, signer, request, options)
  return readAnswer(connection, request, () => {
    const found = decode(protos.QueryApprovedChaincodeDefinitionResult, answer)
    const packageId = found.getSource()?.getLocalPackage()?.getPackageId()
    return { definition: readDefinition(of.name, found), ...(packageId ? { packageId } : {}) }
  })
}
