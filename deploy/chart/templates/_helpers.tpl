{{/*
What all templates share. `helm upgrade --reuse-values` omits values that the previous chart did not have: each
newer one has its default here too. Renamed ones (deprecated in values.schema.json) count as well.
*/}}

{{- define "cloudtaser.fullname" -}}
{{ .Values.fullnameOverride | default .Release.Name }}
{{- end }}

{{- define "cloudtaser.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "cloudtaser.agentSelector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: agent
{{- end }}

{{- define "cloudtaser.image" -}}
{{- $missing := "Set image.repository (--set image.repository=REGISTRY/cloudtaser-wrapper): the image that this repository's Dockerfile builds, in a registry from which your nodes pull" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{ required $missing .Values.image.repository }}{{ if not (hasPrefix "@" $tag) }}:{{ end }}{{ $tag }}
{{- end }}

{{- define "cloudtaser.imagePullSecrets" -}}
{{- with concat (.Values.imagePullSecrets | default list) (.Values.image.pullSecrets | default list) }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{- define "cloudtaser.createsAccount" -}}
{{- if dig "create" true (.Values.serviceAccount | default dict) }}true{{ end }}
{{- end }}

{{- define "cloudtaser.accountName" -}}
{{- $own := ternary (printf "%s-agent" (include "cloudtaser.fullname" .)) "default" (eq (include "cloudtaser.createsAccount" .) "true") -}}
{{ dig "name" "" (.Values.serviceAccount | default dict) | default $own }}
{{- end }}

{{- define "cloudtaser.port" -}}
{{ .Values.agent.port | default 8198 }}
{{- end }}

{{- define "cloudtaser.lock" -}}
{{- $before := has (toString .Values.agent.lock) (list "on" "true") -}}
{{ ternary "on" "off" (or $before (dig "enabled" false (.Values.lock | default dict))) }}
{{- end }}

{{- define "cloudtaser.lockAllow" -}}
{{ concat (dig "allow" list (.Values.lock | default dict)) (.Values.agent.lockAllow | default list) | join "," }}
{{- end }}

{{- define "cloudtaser.policy" -}}
{{ mergeOverwrite (dict "enabled" false "namespaces" dict) (.Values.policy | default dict | deepCopy) | toJson }}
{{- end }}

{{/* Namespaces that get a claim and permission for events: JSON, each once. */}}
{{- define "cloudtaser.namespaces" -}}
{{- $policy := include "cloudtaser.policy" . | fromJson -}}
{{ concat (.Values.namespaces | default list) (keys $policy.namespaces | sortAlpha) | uniq | toJson }}
{{- end }}

{{- define "cloudtaser.injects" -}}
{{- if semverCompare ">=1.36.0-0" .Capabilities.KubeVersion.Version }}true{{ end }}
{{- end }}
