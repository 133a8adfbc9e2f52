import { ErrorCode } from '../../base/errors.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse,
} from '../../protocol/messages/describe-user-scram-credentials.ts'
import { type Handler, handler } from '../handler.ts'

export interface DescribeUserScramCredentialsDeps {
  readonly image: () => Pick<MetadataImage, 'scramCredentials'>
}

/** KIP-554: which mechanisms users have credentials of, never the credentials. */
export function describeUserScramCredentialsHandler({ image }: DescribeUserScramCredentialsDeps): Handler {
  return handler(
    ApiKey.DescribeUserScramCredentials,
    DescribeUserScramCredentialsRequest,
    DescribeUserScramCredentialsResponse,
    ({ users }) => {
      const known = Map.groupBy(image().scramCredentials(), ({ name }) => name)
      const names = users === null || users.length === 0 ? [...known.keys()] : users.map(({ name }) => name)
      const results = [...Map.groupBy(names, (name) => name)].map(([user, times]) => {
        if (times.length > 1) {
          const sentence = 'Cannot describe SCRAM credentials for the same user twice in a single request: '
          return refused(user, ErrorCode.DUPLICATE_RESOURCE, sentence)
        }
        const credentials = known.get(user)
        if (credentials === undefined) {
          const sentence = 'Attempt to describe a user credential that does not exist: '
          return refused(user, ErrorCode.RESOURCE_NOT_FOUND, sentence)
        }
        const credentialInfos = credentials.map(({ mechanism, iterations }) => ({ mechanism, iterations }))
        return { user, errorCode: 0, errorMessage: null, credentialInfos }
      })
      return { throttleTimeMs: 0, errorCode: 0, errorMessage: '', results }
    },
  )
}

function refused(user: string, errorCode: number, sentence: string) {
  return { user, errorCode, errorMessage: `${sentence}${user}`, credentialInfos: [] }
}
