// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config

// Process is one supervised process.
type Process struct {
	// Name is the program in BinDir and the name of the log file.
	Name string
	// Args are its arguments.
	Args []string
	// Needs lists what must be there before it is started: a TCP address or the
	// path of a Unix socket that accepts connections, or a URL that answers 200.
	Needs []string
}

// Processes lists the processes of the cluster.
func (c Cluster) Processes() []Process {
	api := c.APIServerURL() + "/readyz"
	return []Process{
		{Name: "etcd", Args: etcdArgs()},
		{Name: "kube-apiserver", Args: c.apiServerArgs(), Needs: []string{etcdAddress}},
		{Name: "containerd", Args: []string{"--config", FilesDir + "/containerd.toml"}},
		{Name: "kube-controller-manager", Args: controllerManagerArgs(), Needs: []string{api}},
		{Name: "kube-scheduler", Args: schedulerArgs(), Needs: []string{api}},
		{Name: "kubelet", Args: c.kubeletArgs(), Needs: []string{api, ContainerdSocket}},
		{Name: "kube-proxy", Args: []string{"--config=" + FilesDir + "/kube-proxy.yaml"}, Needs: []string{api}},
	}
}

func etcdArgs() []string {
	return []string{
		"--data-dir=/var/lib/etcd",
		"--listen-client-urls=http://" + etcdAddress,
		"--advertise-client-urls=http://" + etcdAddress,
		"--listen-peer-urls=http://127.0.0.1:2380",
		"--log-level=warn",
		// A cluster for trying things out: speed matters, a power cut does not.
		"--unsafe-no-fsync",
	}
}

func (c Cluster) apiServerArgs() []string {
	args := []string{
		"--advertise-address=" + c.Plan.NodeIP.String(),
		"--secure-port=" + apiServerPort,
		"--etcd-servers=http://" + etcdAddress,
		"--service-cluster-ip-range=" + c.Plan.Services.String(),
		"--client-ca-file=" + PKIDir + "/ca.crt",
		"--tls-cert-file=" + PKIDir + "/apiserver.crt",
		"--tls-private-key-file=" + PKIDir + "/apiserver.key",
		"--kubelet-certificate-authority=" + PKIDir + "/ca.crt",
		"--kubelet-client-certificate=" + PKIDir + "/apiserver-kubelet-client.crt",
		"--kubelet-client-key=" + PKIDir + "/apiserver-kubelet-client.key",
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + PKIDir + "/service-accounts.pub",
		"--service-account-signing-key-file=" + PKIDir + "/service-accounts.key",
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",
	}
	if c.Audit {
		args = append(args,
			"--audit-policy-file="+FilesDir+"/audit-policy.yaml",
			"--audit-log-path="+LogDir+"/audit.log",
			"--audit-log-maxsize=200",
			"--audit-log-maxbackup=2",
		)
	}
	return args
}

func controllerManagerArgs() []string {
	kubeconfig := FilesDir + "/kube-controller-manager.kubeconfig"
	return []string{
		"--kubeconfig=" + kubeconfig,
		"--authentication-kubeconfig=" + kubeconfig,
		"--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=127.0.0.1",
		"--leader-elect=false",
		"--use-service-account-credentials=true",
		"--root-ca-file=" + PKIDir + "/ca.crt",
		"--cluster-signing-cert-file=" + PKIDir + "/ca.crt",
		"--cluster-signing-key-file=" + PKIDir + "/ca.key",
		"--service-account-private-key-file=" + PKIDir + "/service-accounts.key",
	}
}

func schedulerArgs() []string {
	kubeconfig := FilesDir + "/kube-scheduler.kubeconfig"
	return []string{
		"--kubeconfig=" + kubeconfig,
		"--authentication-kubeconfig=" + kubeconfig,
		"--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=127.0.0.1",
		"--leader-elect=false",
	}
}

func (c Cluster) kubeletArgs() []string {
	return []string{
		"--config=" + FilesDir + "/kubelet.yaml",
		"--kubeconfig=" + FilesDir + "/kubelet.kubeconfig",
		"--hostname-override=" + c.Name,
		"--node-ip=" + c.Plan.NodeIP.String(),
	}
}
