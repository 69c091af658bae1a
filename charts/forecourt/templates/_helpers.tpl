{{- /* The operator's image: the digest wins over the tag. */ -}}
{{- define "forecourt.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- /* The flag that limits the operator to some namespaces, as a list of at most one. */ -}}
{{- define "forecourt.watched" -}}
{{- with .Values.watchNamespaces }}{{ list (printf "--watch-namespaces=%s" (join "," .)) | toJson }}{{ else }}[]{{ end -}}
{{- end -}}

{{- /* Where portals may be: a label selector of namespaces. */ -}}
{{- define "forecourt.portalNamespaces" -}}
{{- $names := .Values.watchNamespaces -}}
{{- if $names -}}
{{ dict "matchExpressions" (list (dict "key" "kubernetes.io/metadata.name" "operator" "In" "values" $names)) | toJson }}
{{- else -}}
{}
{{- end -}}
{{- end -}}

{{- /* The same as a ServiceMonitor says it. */ -}}
{{- define "forecourt.scrapedNamespaces" -}}
{{- with .Values.watchNamespaces }}{{ dict "matchNames" . | toJson }}{{ else }}{"any":true}{{ end -}}
{{- end -}}

{{- /* Ports and addresses of the API server, as a NetworkPolicy says them. */ -}}
{{- define "forecourt.apiServerPorts" -}}
{{- $ports := list -}}
{{- range .Values.networkPolicy.apiServer.ports }}{{ $ports = append $ports (dict "protocol" "TCP" "port" .) }}{{ end -}}
{{ toJson $ports }}
{{- end -}}
{{- define "forecourt.apiServerPeers" -}}
{{- range .Values.networkPolicy.apiServer.cidrs }}
- {ipBlock: {cidr: {{ quote . }}}}
{{- end }}
{{- end -}}
