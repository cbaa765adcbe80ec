// A token store as lnget and aperture keep it, by way of Go's encoding/binary and
// gopkg.in/macaroon.v2, which are what those programs use:
//
//	store write DIR DOMAIN VERSION PREIMAGE AMOUNT FEE NANOSECONDS [CAVEAT...]
//	store read FILE
//
// VERSION is that of the macaroon: 1 or 2. PREIMAGE is hex; 64 zeros leave the token pending.
package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gopkg.in/macaroon.v2"
)

// What follows the macaroon, in this order.
type rest struct {
	PaymentHash, Preimage [32]byte
	Amount, Fee           uint64
	Created               int64
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "store:", err)
		os.Exit(1)
	}
}

func number(text string) uint64 {
	value, err := strconv.ParseUint(text, 10, 64)
	must(err)
	return value
}

func token(version string, hash [32]byte, caveats []string) []byte {
	var identifier bytes.Buffer
	tokenID := make([]byte, 32)
	_, err := rand.Read(tokenID)
	must(err)
	must(binary.Write(&identifier, binary.BigEndian, uint16(0)))
	identifier.Write(hash[:])
	identifier.Write(tokenID)
	kind := macaroon.V2
	if version == "1" {
		kind = macaroon.V1
		// A V1 macaroon of this library holds text alone, so its identifier is the hash in hex.
		identifier.Reset()
		identifier.WriteString(hex.EncodeToString(hash[:]))
	}
	m, err := macaroon.New(tokenID, identifier.Bytes(), "lsat", kind)
	must(err)
	for _, caveat := range caveats {
		must(m.AddFirstPartyCaveat([]byte(caveat)))
	}
	data, err := m.MarshalBinary()
	must(err)
	return data
}

func write(arguments []string) {
	directory := filepath.Join(arguments[0], strings.ReplaceAll(arguments[1], ":", "_"))
	must(os.MkdirAll(directory, 0700))
	fields := rest{Amount: number(arguments[4]), Fee: number(arguments[5])}
	preimage, err := hex.DecodeString(arguments[3])
	must(err)
	copy(fields.Preimage[:], preimage)
	fields.PaymentHash = sha256.Sum256(preimage)
	fields.Created, err = strconv.ParseInt(arguments[6], 10, 64)
	must(err)
	data := token(arguments[2], fields.PaymentHash, arguments[7:])
	var file bytes.Buffer
	must(binary.Write(&file, binary.BigEndian, uint32(len(data))))
	file.Write(data)
	must(binary.Write(&file, binary.BigEndian, fields))
	name := "l402.token"
	if fields.Preimage == [32]byte{} {
		name += ".pending"
	}
	must(os.WriteFile(filepath.Join(directory, name), file.Bytes(), 0600))
	must(os.WriteFile(filepath.Join(directory, ".domain"), []byte(arguments[1]+"\n"), 0600))
}

func read(path string) {
	data, err := os.ReadFile(path)
	must(err)
	file := bytes.NewReader(data)
	var length uint32
	must(binary.Read(file, binary.BigEndian, &length))
	token := make([]byte, length)
	must(binary.Read(file, binary.BigEndian, token))
	var m macaroon.Macaroon
	must(m.UnmarshalBinary(token))
	var fields rest
	must(binary.Read(file, binary.BigEndian, &fields))
	fmt.Printf("hash=%x preimage=%x amount=%d fee=%d caveats=%d rest=%d\n", fields.PaymentHash,
		fields.Preimage, fields.Amount, fields.Fee, len(m.Caveats()), file.Len())
}

func main() {
	switch {
	case len(os.Args) >= 9 && os.Args[1] == "write":
		write(os.Args[2:])
	case len(os.Args) == 3 && os.Args[1] == "read":
		read(os.Args[2])
	default:
		must(fmt.Errorf("write DIR DOMAIN VERSION PREIMAGE AMOUNT FEE NANOSECONDS, or read FILE"))
	}
}
