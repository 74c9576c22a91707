// The media type of a key is decided by its name.
import t from 'tap'
import { mediaTypeOfKey } from '../../src/http/media-types.js'

t.test('metadata documents are JSON, every other value is octets', async t => {
  for (const key of ['zarr.json', 'a/zarr.json', 'a/.zarray', '.zgroup', 'a/b/.zattrs', '.zmetadata']) {
    t.equal(mediaTypeOfKey(key), 'application/json', key)
  }
  for (const key of ['c/0/0', 'a/0.0', 'zarr.json/0', 'page.html', 'a/xzarr.json', 'x.json']) {
    t.equal(mediaTypeOfKey(key), 'application/octet-stream', key)
  }
})
