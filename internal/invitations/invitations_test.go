// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package invitations_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forecourt-dev/forecourt/internal/invitations"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

func TestParse(t *testing.T) {
	ada := portalapi.Invitation{Username: "ada", Name: "Ada Lane", Mail: "ada@dealer.example", Phone: "+13125550100"}
	tests := map[string]struct {
		file string
		want []portalapi.Invitation
	}{
		"the documented order": {
			file: "username,name,mail,phone\nada,Ada Lane,ada@dealer.example,+13125550100\n",
			want: []portalapi.Invitation{ada},
		},
		"another order, quotes, spaces and a byte order mark": {
			file: "\ufeffmail,phone,username,name\r\nada@dealer.example , +13125550100,ada,\"Ada Lane\"\r\n",
			want: []portalapi.Invitation{ada},
		},
		"no phone column": {
			file: "username,name,mail\nbo,Bo,bo@dealer.example\n",
			want: []portalapi.Invitation{{Username: "bo", Name: "Bo", Mail: "bo@dealer.example"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := invitations.Parse([]byte(test.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Unexpected invitations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseRefusesWithoutRepeatingPersonalData(t *testing.T) {
	tests := map[string]struct{ file, want string }{
		"an empty file":             {"", "no header row"},
		"a header only":             {"username,name,mail,phone\n", "no line after the header"},
		"an unknown column":         {"username,name,mail,fax\nada,Ada,ada@dealer.example,1\n", "column 4 of the header is unknown"},
		"a column that is missing":  {"username,name\nada,Ada\n", "column mail is missing"},
		"a column that comes twice": {"username,name,mail,mail\nada,Ada,a,b\n", "column mail is there twice"},
		"an empty mail":             {"username,name,mail\nbo,Bo,bo@x.example\nada,Ada,\n", "line 3: mail is empty"},
		"too few fields":            {"username,name,mail\nada,Ada\n", "line 2"},
		"an open quote":             {"username,name,mail\nada,\"Ada,ada@dealer.example\n", "mend the quotes"},
		"an overlong name":          {"username,name,mail\nada," + strings.Repeat("Ada", 100) + ",ada@dealer.example\n", "name is longer than 254 bytes"},
		"too many lines":            {"username,name,mail\n" + strings.Repeat("ada,Ada,ada@dealer.example\n", 101), "at most 100"},
		"another encoding":          {"username,name,mail\nada,Ad\xe9,ada@dealer.example\n", "not UTF-8"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := invitations.Parse([]byte(test.file))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("Error %v: want %q", err, test.want)
			}
			for _, personal := range []string{"ada", "Ada", "dealer.example"} {
				if strings.Contains(err.Error(), personal) {
					t.Errorf("The error repeats %q: %v", personal, err)
				}
			}
		})
	}
}

func TestHashFollowsTheContent(t *testing.T) {
	hash := func(username string) string {
		t.Helper()
		got, err := invitations.Hash([]portalapi.Invitation{{Username: username, Name: "N", Mail: "m@x.example"}})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if ada, again := hash("ada"), hash("ada"); ada != again || ada == hash("bo") {
		t.Error("The hash does not identify the content")
	}
}
