// Reads the bundled sample through the client that oapi-codegen makes for Go.
// Environment: ZIPZARR_URL, the service; ZIPZARR_KEY, a read key of it. Exit code 1 when a check failed.
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"

	zipzarr "zipzarr/api"
)

const name = "go-oapi-codegen"

var (
	stores         = []string{"climate", "microscopy", "microscopy-v04.ome", "stations"}
	path           = "air_temperature"
	ctx            = context.Background()
	passed, failed int
)

func main() {
	key := os.Getenv("ZIPZARR_KEY")
	open := must(zipzarr.NewClientWithResponses(os.Getenv("ZIPZARR_URL")))
	client := must(zipzarr.NewClientWithResponses(os.Getenv("ZIPZARR_URL"), zipzarr.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+key)
			return nil
		})))
	for _, part := range []func(){
		func() { checkStores(client) },
		func() { checkKey(open, key) },
		func() { checkMetadata(client) },
		func() { checkSlices(client) },
		func() { checkStoredBytes(client) },
	} {
		runPart(part)
	}
	fmt.Printf("%s: %d passed, %d failed\n", name, passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

func checkStores(client *zipzarr.ClientWithResponses) {
	list := func(limit *int, cursor *string) *zipzarr.StoreList {
		return must(client.ListStoresWithResponse(ctx, &zipzarr.ListStoresParams{Limit: limit, Cursor: cursor})).JSON200
	}
	equal("the stores", stores, ids(list(nil, nil)))
	one := 1
	page := list(&one, nil)
	equal("a page of one store", stores[:1], ids(page))
	followed := ids(page)
	for page.NextCursor != nil && len(followed) <= len(stores) {
		page = list(&one, page.NextCursor)
		followed = append(followed, ids(page)...)
	}
	equal("the stores page by page", stores, followed)
	climate := must(client.GetStoreWithResponse(ctx, "climate", nil)).JSON200
	equal("the store's id", "climate", climate.Id)
	equal("the store's state", zipzarr.Ready, climate.State)
	equal("the store's format", 2, *climate.ZarrFormat)
}

func checkKey(open *zipzarr.ClientWithResponses, key string) {
	refused := must(open.ListStoresWithResponse(ctx, nil))
	equal("the status without a key", 401, refused.StatusCode())
	equal("the problem without a key", zipzarr.UNAUTHORIZED, refused.ApplicationproblemJSON401.Code)
	inURL := must(open.ListStoresWithResponse(ctx, &zipzarr.ListStoresParams{ApiKey: &key}))
	equal("the stores with the key in the URL", stores, ids(inURL.JSON200))
}

func checkMetadata(client *zipzarr.ClientWithResponses) {
	metadata := must(client.GetMetadataWithResponse(ctx, "climate", &zipzarr.GetMetadataParams{Path: &path})).JSON200
	equal("the node's type", zipzarr.Array, metadata.NodeType)
	equal("the shape", []int64{60, 45, 90}, *metadata.Shape)
	equal("the data type's name", "<f4", metadata.DataType.Name)
	equal("the data type's kind", "float", metadata.DataType.Kind)
	equal("the item size", int64(4), metadata.DataType.ItemSize)
	equal("the byte order", "little", *metadata.DataType.ByteOrder)
	equal("the dimension names", []string{"time", "lat", "lon"}, *metadata.DimensionNames)
	equal("an attribute", any("degC"), metadata.Attributes["units"])
	equal("the fill value", any("NaN"), metadata.FillValue)
	nothing := "nothing"
	refused := must(client.GetMetadataWithResponse(ctx, "climate", &zipzarr.GetMetadataParams{Path: &nothing}))
	equal("the status of no node", 404, refused.StatusCode())
	equal("the problem of no node", zipzarr.NODENOTFOUND, refused.ApplicationproblemJSON404.Code)
}

func checkSlices(client *zipzarr.ClientWithResponses) {
	slice := func(format zipzarr.ArrayFormat, knownTag *string) *zipzarr.GetSliceResponse {
		region := "0,0:2,0:3"
		params := zipzarr.GetSliceParams{Path: &path, Slice: &region, Format: &format, IfNoneMatch: knownTag}
		return must(client.GetSliceWithResponse(ctx, "climate", &params))
	}
	raw := slice(zipzarr.Raw, nil)
	var numbers, rows [2][3]float32
	check(binary.Read(bytes.NewReader(raw.Body), binary.LittleEndian, &numbers))
	check(json.Unmarshal(slice(zipzarr.Json, nil).Body, &rows))
	equal("the length of raw bytes", 24, len(raw.Body))
	equal("the numbers of raw bytes and of JSON", rows, numbers)
	equal("the header Zarr-Shape", "2,3", raw.HTTPResponse.Header.Get("Zarr-Shape"))
	tag := raw.HTTPResponse.Header.Get("ETag")
	equal("a strong ETag", true, strings.HasPrefix(tag, `"`))
	equal("the slice that has not changed", 304, slice(zipzarr.Raw, &tag).StatusCode())
}

func checkStoredBytes(client *zipzarr.ClientWithResponses) {
	attributes := must(client.GetValueWithResponse(ctx, "climate", path+"/.zattrs", nil)).JSON200
	equal("an attribute as stored", any("degC"), (*attributes)["units"])
	equal("a chunk's length", 41697, len(must(client.GetValueWithResponse(ctx, "climate", path+"/0.0.0", nil)).Body))
	first := "bytes=0-3"
	start := must(client.GetArchiveWithResponse(ctx, "climate", &zipzarr.GetArchiveParams{Range: &first}))
	equal("the status of a range", 206, start.StatusCode())
	equal("the first bytes of the archive", "PK\x03\x04", string(start.Body))
	part := must(client.GetValueWithResponse(ctx, "climate", path+"/.zattrs", &zipzarr.GetValueParams{Range: &first}))
	equal("the first bytes of a document", "{\n  ", string(part.Body))
}

func ids(list *zipzarr.StoreList) []string {
	found := []string{}
	for _, store := range list.Stores {
		found = append(found, store.Id)
	}
	return found
}

// runPart counts a part that ends early as one failure.
func runPart(part func()) {
	defer func() {
		if reason := recover(); reason != nil {
			equal("a part that ends early", any(nil), reason)
		}
	}()
	part()
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func equal[T any](what string, expected, actual T) {
	if reflect.DeepEqual(expected, actual) {
		passed++
		return
	}
	failed++
	fmt.Printf("not ok: %s: expected %v, found %v\n", what, expected, actual)
}
