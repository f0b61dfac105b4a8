"""What operators write of mail servers: the mailbox that is read, SMTP, logging in without a password."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from pydantic import Field, model_validator

from mailflow.settings.fields import Count, Duration, ImapUrl, Size, SmtpUrl, Strict, WebAddress
from mailflow.settings.problems import Misplaced


class OAuthAccess(Strict):
    """How to log in without a password (XOAUTH2)."""

    tenant: str | None = Field(None, description="Microsoft 365 のテナント（ID かドメイン名）。", max_length=200)
    client_id: str | None = Field(None, description="登録したアプリのクライアント ID。", max_length=100)
    client_secret_file: str | None = Field(
        None, description="クライアント シークレットを1行で書いたファイル（client-credentials のとき）。"
    )
    flow: Literal["client-credentials", "device-code"] = Field(
        "client-credentials",
        description="client-credentials はアプリとして、device-code は人が mailflow login で1度サインインします。",
    )
    cache_file: str = Field("var/oauth-token", description="サインインの記録を置くファイル（device-code のとき）。")
    authority: WebAddress | None = Field(
        None, description="認証サーバーのアドレス。書かなければ Microsoft 365 のもの。"
    )
    ca_file: str | None = Field(None, description="認証サーバーの証明書を確かめる認証局のファイル。")
    command: tuple[str, ...] = Field(
        (), description="アクセス トークンを1行（または access_token と expires_in のある JSON）で出すコマンド。"
    )
    expires: date | None = Field(None, description="クライアント シークレットの期限。14日前から知らせます。")

    @model_validator(mode="after")
    def _enough(self) -> OAuthAccess:
        if self.command:
            return self
        if not self.tenant or not self.client_id:
            raise Misplaced("tenant と client_id（または command）を書いてください", "tenant")
        if self.flow == "client-credentials" and not self.client_secret_file:
            raise Misplaced("client_secret_file を書いてください", "flow")
        return self


class Folders(Strict):
    watch: tuple[str, ...] = Field(
        ("INBOX",), description="読むフォルダー。Sent・Drafts・Trash のほかは全部を書きます。"
    )
    junk: tuple[str, ...] = Field(("Junk",), description="迷惑メールのフォルダー。読みますが、返信しません。")
    sent: str = Field("Sent", description="送信済みのフォルダー。送った手紙をここに入れます。")
    processed: str | None = Field(
        None,
        description="判定の済んだメールを移す先。書かなければ移しません。運用開始より前のメールと迷惑メールは移しません。",
    )


class Mailbox(Strict):
    url: ImapUrl = Field(
        "imap://localhost:143",
        description="IMAP サーバー。imaps://ホスト:993 の形。パスワードはここに書かず MAILFLOW_IMAP_URL か password_file に。",
    )
    user: str | None = Field(None, description="ログイン名。書かなければ programme.address。")
    password_file: str | None = Field(None, description="パスワードを1行で書いたファイル。")
    oauth: bool = Field(False, description="パスワードの代わりに、oauth: の決まりでログインするか。")
    starttls: bool | None = Field(
        None, description="imap:// のとき STARTTLS を使うか。書かなければ、手元の機械以外では必ず使います。"
    )
    ca_file: str | None = Field(None, description="サーバー証明書を確かめる認証局のファイル。")
    folders: Folders = Field(default_factory=Folders, description="読むフォルダー、送信済みなど。")
    poll: Duration = Field(timedelta(seconds=60), description="IDLE が使えないときに見に行く間隔。")
    idle: bool = Field(True, description="IDLE（すぐ知らせてもらう仕組み）を使うか。")
    history: Duration = Field(
        timedelta(days=14), description="運用開始より前のメールを、どこまで読んで判定だけしておくか。"
    )
    max_size: Size = Field(50_000_000, description="これより大きいメールは読まずに人に見せます。")
    authserv_id: str | None = Field(None, description="認証結果（SPF・DKIM・DMARC）を信じるサーバーの名前。")
    boundary_hosts: tuple[str, ...] = Field((), description="自分の側の入口のサーバー名。Received 行の時刻を信じます。")
    gateway_prefixes: tuple[str, ...] = Field(
        (
            "[EXTERNAL]",
            "[EXT]",
            "[外部]",
            "[庁外]",
            "[社外]",
            "[インターネット]",
            "[無害化]",
            "[SPAM]",
            "[迷惑メール]",
            "[注意]",
            "[要注意]",
            "[警告]",
            "[CAUTION]",
            "[WARNING]",
            "[ウイルス",
            "[検疫",
            "[添付ファイル削除",
            "[送信元",
        ),
        description=(
            "メールの中継機が件名の頭に付ける印。判定の前に取り除きます。かっこの形と、続く言葉（[外部メール] など）は問いません。"
        ),
    )


class Smtp(Strict):
    url: SmtpUrl = Field(
        "smtp://localhost:25", description="SMTP サーバー。smtps://ホスト:465 または smtp://ホスト:587 の形。"
    )
    user: str | None = Field(None, description="ログイン名。書かなければログインしません。")
    password_file: str | None = Field(None, description="パスワードを1行で書いたファイル。")
    oauth: bool = Field(False, description="パスワードの代わりに、oauth: の決まりでログインするか（user も書きます）。")
    starttls: bool | None = Field(None, description="STARTTLS を使うか。書かなければ、手元の機械以外では必ず使います。")
    ca_file: str | None = Field(None, description="サーバー証明書を確かめる認証局のファイル。")
    rate: Count = Field(30, ge=1, description="1分に送る通数の上限。")
    timeout: Duration = Field(timedelta(seconds=60), description="返事を待つ時間。")
    server_files_sent: bool = Field(
        False, description="送信済みフォルダーへの保存をサーバーがするか（Microsoft 365 など）。"
    )
    max_attempts: Count = Field(12, ge=1, description="一時的な失敗（4xx）で送り直す回数の上限。")
