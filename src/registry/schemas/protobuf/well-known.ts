import type { DescFile } from '@bufbuild/protobuf'
import {
  file_google_protobuf_any,
  file_google_protobuf_api,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_type,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt'

/** Files that every registry has, by the path that they are imported by. */
export const DESCRIBED: ReadonlyMap<string, DescFile> = new Map(
  [
    file_google_protobuf_any,
    file_google_protobuf_api,
    file_google_protobuf_descriptor,
    file_google_protobuf_duration,
    file_google_protobuf_empty,
    file_google_protobuf_field_mask,
    file_google_protobuf_source_context,
    file_google_protobuf_struct,
    file_google_protobuf_timestamp,
    file_google_protobuf_type,
    file_google_protobuf_wrappers,
  ].map((file) => [file.proto.name, file]),
)

function text(of: string, body: string): string {
  return `syntax = "proto3"; package ${of}; ${body}`
}

const google = (body: string): string => text('google.type', body)

function enumeration(name: string, prefix: string, names: string): string {
  const values = [`${prefix}_UNSPECIFIED`, ...names.split(' ')]
  return `enum ${name} { ${values.map((value, number) => `${value} = ${number};`).join(' ')} }`
}

/** Fields of one type, numbered from one on. */
function message(name: string, fields: string): string {
  const list = fields.split(', ').map((field, at) => `${field} = ${at + 1};`)
  return `message ${name} { ${list.join(' ')} }`
}

const MONTHS = 'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'
const META_TARGETS = { File: 'file', Message: 'message', Field: 'field', Enum: 'enum', EnumValue: 'enum_value' }

/** The rest of them, of which no library has descriptors. */
export const WRITTEN: ReadonlyMap<string, string> = new Map([
  [
    'google/type/calendar_period.proto',
    google(enumeration('CalendarPeriod', 'CALENDAR_PERIOD', 'DAY WEEK FORTNIGHT MONTH QUARTER HALF YEAR')),
  ],
  [
    'google/type/color.proto',
    google(
      `import "google/protobuf/wrappers.proto"; ${message('Color', 'float red, float green, float blue, google.protobuf.FloatValue alpha')}`,
    ),
  ],
  ['google/type/date.proto', google(message('Date', 'int32 year, int32 month, int32 day'))],
  [
    'google/type/datetime.proto',
    google(`import "google/protobuf/duration.proto";
      message DateTime {
        int32 year = 1; int32 month = 2; int32 day = 3; int32 hours = 4; int32 minutes = 5; int32 seconds = 6;
        int32 nanos = 7;
        oneof time_offset { google.protobuf.Duration utc_offset = 8; TimeZone time_zone = 9; }
      }
      ${message('TimeZone', 'string id, string version')}`),
  ],
  [
    'google/type/dayofweek.proto',
    google(enumeration('DayOfWeek', 'DAY_OF_WEEK', 'MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY')),
  ],
  ['google/type/decimal.proto', google(message('Decimal', 'string value'))],
  [
    'google/type/expr.proto',
    google(message('Expr', 'string expression, string title, string description, string location')),
  ],
  ['google/type/fraction.proto', google(message('Fraction', 'int64 numerator, int64 denominator'))],
  [
    'google/type/interval.proto',
    google(
      `import "google/protobuf/timestamp.proto"; ${message('Interval', 'google.protobuf.Timestamp start_time, google.protobuf.Timestamp end_time')}`,
    ),
  ],
  ['google/type/latlng.proto', google(message('LatLng', 'double latitude, double longitude'))],
  ['google/type/localized_text.proto', google(message('LocalizedText', 'string text, string language_code'))],
  ['google/type/money.proto', google(message('Money', 'string currency_code, int64 units, int32 nanos'))],
  ['google/type/month.proto', google(enumeration('Month', 'MONTH', MONTHS))],
  [
    'google/type/phone_number.proto',
    google(`message PhoneNumber {
      ${message('ShortCode', 'string region_code, string number')}
      oneof kind { string e164_number = 1; ShortCode short_code = 2; }
      string extension = 3;
    }`),
  ],
  [
    'google/type/postal_address.proto',
    google(
      message(
        'PostalAddress',
        'int32 revision, string region_code, string language_code, string postal_code, string sorting_code, ' +
          'string administrative_area, string locality, string sublocality, repeated string address_lines, ' +
          'repeated string recipients, string organization',
      ),
    ),
  ],
  ['google/type/quaternion.proto', google(message('Quaternion', 'double x, double y, double z, double w'))],
  [
    'google/type/timeofday.proto',
    google(message('TimeOfDay', 'int32 hours, int32 minutes, int32 seconds, int32 nanos')),
  ],
  [
    'confluent/meta.proto',
    text(
      'confluent',
      `import "google/protobuf/descriptor.proto";
      message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; repeated Rule rules = 4; }
      ${message('Rule', 'string name, string doc, string expr, string sql')}
      ${Object.entries(META_TARGETS)
        .map(([target, name]) => `extend google.protobuf.${target}Options { Meta ${name}_meta = 1088; }`)
        .join(' ')}`,
    ),
  ],
  [
    'confluent/type/decimal.proto',
    text('confluent.type', message('Decimal', 'bytes value, uint32 precision, int32 scale')),
  ],
  ['confluent/type/variant.proto', text('confluent.type', message('Variant', 'bytes metadata, bytes value'))],
])
