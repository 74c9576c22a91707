// The list of the OpenAPI document's named components. Objects, and enumerations that stand in several places, are
// components, so that classes of generated clients have the names given here and not made-up ones (`PostSliceBodyFormat`).

import { ArrayFormat, DatetimeForm, NonfiniteForm, SliceRequest } from './array-requests.js'
import {
  Failure,
  Health,
  Problem,
  Store,
  StoreFingerprint,
  StoreList,
  StoreLocation,
  StoreProgress,
  StoreState,
  StoreSummary,
} from './documents.js'
import { Codec, DataType, Metadata, Node, NodeList, NodeType, StructField } from './node-documents.js'
import { RegisterLocation, RegisterRequest } from './requests.js'

export const COMPONENTS = [
  ...[Problem, Health],
  ...[StoreState, StoreLocation, StoreFingerprint, StoreProgress, Failure, StoreSummary, StoreList, Store],
  ...[NodeType, Node, NodeList, DataType, StructField, Codec, Metadata],
  ...[ArrayFormat, NonfiniteForm, DatetimeForm],
  ...[RegisterLocation, RegisterRequest, SliceRequest],
]
