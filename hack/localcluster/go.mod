module github.com/forecourt-dev/forecourt/hack/localcluster

go 1.26.0

require (
	golang.org/x/mod v0.42.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
