import { ErrorCode } from '../../../base/errors.ts'
import type { FeatureUpdate } from '../../../metadata/feature-commands.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import {
  UpdateFeaturesRequest,
  type UpdateFeaturesRequestData,
  UpdateFeaturesResponse,
  type UpdateFeaturesResponseInput,
} from '../../../protocol/messages/update-features.ts'
import { type ControllerPort, orRefusal } from '../../admin.ts'
import { type Handler, handler } from '../../handler.ts'

export function updateFeaturesHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(ApiKey.UpdateFeatures, UpdateFeaturesRequest, UpdateFeaturesResponse, (request, { apiVersion }) =>
    orRefusal<UpdateFeaturesResponseInput>(update(controller, request, apiVersion), ({ code, detail }) => ({
      throttleTimeMs: 0,
      errorCode: code,
      errorMessage: detail,
      results: [],
    })),
  )
}

async function update(
  controller: ControllerPort,
  { featureUpdates, validateOnly }: UpdateFeaturesRequestData,
  apiVersion: number,
): Promise<UpdateFeaturesResponseInput> {
  // v0's allowDowngrade means nothing to Kafka's controller: the upgrade type then has its default.
  const updates = featureUpdates.map(({ feature, maxVersionLevel: level, upgradeType }): FeatureUpdate => {
    return { feature, level, upgradeType }
  })
  const { error, message } = await controller.submit({ type: 'updateFeatures', updates, validateOnly })
  // Before v2 every feature had a result of its own, and none where all of them were refused.
  const results =
    error === 'NONE' && apiVersion < 2
      ? updates.map(({ feature }) => ({ feature, errorCode: 0, errorMessage: 'NONE' }))
      : []
  return { throttleTimeMs: 0, errorCode: ErrorCode[error], errorMessage: message, results }
}
